import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { z } from "zod";

import { findCredentials } from "../registry/docker-config.ts";
import { type ImageReference, parseImageReference } from "../registry/image-reference.ts";
import { type Manifest, RegistryClient } from "../registry/registry-client.ts";
import { extractTar } from "./extract-tar.ts";
import { limitTo } from "./limit-to.ts";
import { EXIT_OK, type ProgramContext } from "./program.ts";
import { readPullerArguments } from "./puller-arguments.ts";

const ImageManifest = z.object({
  layers: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      size: z.int().min(0),
    }),
  ),
});
type Layer = z.infer<typeof ImageManifest>["layers"][number];

const CONFIG_DIRECTORY = "/root/.docker/config.d";
const WORK_DIRECTORY = "/tmp/pull";
/** A layer that unpacks to more than this is taken for an attack. */
const MAX_UNPACKED_BYTES = 4 * 1024 ** 3;

/** kaito: pkg/workspace/image/puller.sh, with `skopeo` replaced by our own OCI client. */
export async function pullAdapter(context: ProgramContext): Promise<typeof EXIT_OK> {
  const { files, log } = context;
  const wanted = readPullerArguments(context.spec);
  if (!wanted) throw new Error("the puller's script names no image (IMG_REF='...', VOL_DIR='...')");
  const work = files.resolve(WORK_DIRECTORY);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });

  const image = parseImageReference(wanted.image);
  const { client, manifest } = await copyManifest(wanted.image, image, context);
  const { layers } = ImageManifest.parse(JSON.parse(manifest.bytes.toString("utf8")));
  for (const layer of layers) {
    const file = path.join(work, layer.digest.slice("sha256:".length));
    await downloadLayer(client, layer, file, context.signal);
    const tar = await decompress(layer, file, context.signal);
    await extractTar(tar, path.join(work, "rootfs"), context.signal);
  }
  await relocate(path.join(work, "rootfs", "data"), files.resolve(wanted.directory));
  await rm(work, { recursive: true, force: true });
  log.line(`Pulled ${wanted.image} (${manifest.digest}) to ${wanted.directory}`);
  return EXIT_OK;
}

/** Without credentials first, then with each mounted docker config, as the script's loop does. */
async function copyManifest(
  name: string,
  { registry, repository, reference }: ImageReference,
  { files, http, log, signal }: ProgramContext,
): Promise<{ client: RegistryClient; manifest: Manifest }> {
  const directories = [CONFIG_DIRECTORY, ...files.mountPointsIn(CONFIG_DIRECTORY)];
  const configs = (
    await Promise.all(directories.map((directory) => findFiles(files.resolve(directory))))
  ).flat();
  for (const config of [undefined, ...configs]) {
    try {
      const credentials =
        config === undefined ? config : findCredentials(await readFile(config, "utf8"), registry);
      const target = { registry, repository, credentials, access: "pull" } as const;
      const client = new RegistryClient(http, target, signal);
      const manifest = await client.getManifest(reference);
      if (/index|list/.test(manifest.mediaType)) {
        throw new Error("the image is an index of several: this node pulls single images only");
      }
      return { client, manifest };
    } catch (error) {
      if (signal.aborted) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      log.errorLine(`level=fatal msg="initializing source docker://${name}: ${reason}"`);
    }
  }
  throw new Error("[ '' = 1 ]: no credentials worked");
}

async function downloadLayer(
  client: RegistryClient,
  { digest, size }: Layer,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash("sha256");
  let seen = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      hash.update(chunk);
      if (seen > size) done(new Error(`blob ${digest} is longer than ${size} bytes`));
      else done(null, chunk);
    },
  });
  await pipeline(await client.getBlob(digest), check, createWriteStream(file), { signal });
  const found = `sha256:${hash.digest("hex")}`;
  if (seen !== size || found !== digest) {
    throw new Error(`blob ${digest} of ${size} bytes came as ${found} of ${seen} bytes`);
  }
}

/** skopeo: `--dest-decompress`. */
async function decompress(layer: Layer, file: string, signal: AbortSignal): Promise<string> {
  if (!layer.mediaType.includes("gzip")) return file;
  const tar = `${file}.tar`;
  await pipeline(
    createReadStream(file),
    createGunzip(),
    limitTo(MAX_UNPACKED_BYTES, "the layer unpacks to"),
    createWriteStream(tar),
    { signal },
  );
  return tar;
}

/** `mv -f data target`: into the target if it is there, which gives `/mnt/data/data` for data sets. */
async function relocate(data: string, target: string): Promise<void> {
  if (!existsSync(data)) throw new Error("mv: cannot stat 'data': No such file or directory");
  const destination = existsSync(target) ? path.join(target, "data") : target;
  await mkdir(path.dirname(destination), { recursive: true });
  await rm(destination, { recursive: true, force: true });
  await rename(data, destination);
}

async function findFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}
