import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";

import { z } from "zod";

import {
  type AdapterFile,
  type AdapterImage,
  buildAdapterImage,
  MANIFEST_TYPE,
} from "../adapter/adapter-image.ts";
import { findCredentials } from "../registry/docker-config.ts";
import { parseImageReference } from "../registry/image-reference.ts";
import { RegistryClient } from "../registry/registry-client.ts";
import { commandOf, EXIT_OK, type ProgramContext } from "./program.ts";

interface PusherArguments {
  readonly image: string;
  readonly directory: string;
  readonly sentinel: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const CONFIG_FILE = "/root/.docker/config.json";
const FILES = ["adapter_model.safetensors", "adapter_config.json"] as const;

const Annotations = z.object({ $manifest: z.record(z.string(), z.string()).default({}) });

/** kaito: pkg/workspace/image/pusher.sh, with `oras` replaced by our own OCI client. */
export async function pushAdapter(context: ProgramContext): Promise<typeof EXIT_OK> {
  const { log, resumption } = context;
  const { image, directory, sentinel, annotations } = readPusherArguments(context);

  await waitFor(sentinel, context);
  const adapter = await readAdapter(directory, context);
  const built = await buildAdapterImage(adapter, annotations, new Date(), {
    truncateLayer: context.fault?.fault === "adapter-truncated-layer",
  });
  await push(image, built, context);
  log.line(`Copied [oci-layout] /tmp/layout:latest => [registry] ${image}`);
  log.line(`Digest: ${built.manifest.digest}`);
  resumption.send();
  return EXIT_OK;
}

/** No deadline, as in the script: without the sentinel this waits for ever. */
async function waitFor(
  sentinel: string,
  { busy, files, signal, timings, trained }: ProgramContext,
): Promise<void> {
  const bell = new AbortController();
  void trained.sent.then(() => bell.abort());
  while (!existsSync(files.resolve(sentinel))) {
    // The bell rings once: after it only the next look can find the file.
    const wakers = bell.signal.aborted ? [signal] : [signal, bell.signal];
    const look = { signal: AbortSignal.any(wakers), isBackground: true };
    await busy.delay(timings.sentinelPoll, look).catch(() => signal.throwIfAborted());
  }
}

async function readAdapter(
  directory: string,
  { fault, files }: ProgramContext,
): Promise<AdapterFile[]> {
  const adapter: AdapterFile[] = [];
  for (const name of FILES) {
    if (fault?.fault === "adapter-missing-file" && name === "adapter_model.safetensors") continue;
    try {
      adapter.push({ name, bytes: await readFile(files.resolve(`${directory}/${name}`)) });
    } catch (error) {
      throw new Error(`cp: can't stat '${directory}/${name}': No such file or directory`, {
        cause: error,
      });
    }
  }
  return adapter;
}

async function push(
  image: string,
  { config, layer, manifest }: AdapterImage,
  context: ProgramContext,
): Promise<void> {
  const { fault, files, http, log, refreshMounts, signal } = context;
  const { registry, repository, reference } = parseImageReference(image);
  try {
    if (fault?.fault === "push-refused") {
      throw new Error(
        `POST "https://${registry}/v2/${repository}/blobs/uploads/": response status code 403: denied: requested access to the resource is denied (fault push-refused)`,
      );
    }
    await refreshMounts();
    const text = await readFile(files.resolve(CONFIG_FILE), "utf8");
    const credentials = findCredentials(text, registry);
    const target = { registry, repository, credentials, access: "pull,push" } as const;
    const client = new RegistryClient(http, target, signal);
    log.line(`Copying ${layer.digest.slice(7, 19)} layer.tar.gz`);
    await client.pushBlob(layer.digest, layer.bytes);
    log.line(`Copied  ${layer.digest.slice(7, 19)} layer.tar.gz`);
    await client.pushBlob(config.digest, config.bytes);
    log.line(`Copied  ${config.digest.slice(7, 19)} application/vnd.oci.image.config.v1+json`);
    await client.putManifest(reference, manifest.bytes, MANIFEST_TYPE);
    log.line(`Copied  ${manifest.digest.slice(7, 19)} ${MANIFEST_TYPE}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Error: failed to copy to ${image}: ${reason}`, { cause: error });
  }
}

/** kaito: pusher.go writes them into the script as shell defaults. */
function readPusherArguments({ spec }: ProgramContext): PusherArguments {
  const script = commandOf(spec);
  const read = (variable: string): string | undefined =>
    new RegExp(`\\b${variable}='([^']*)'`).exec(script)?.[1];
  const image = read("IMG_REF");
  if (image === undefined) throw new Error("the pusher's script names no image (IMG_REF='...')");
  const directory = read("VOL_DIR") ?? "/mnt/results";
  const annotations: unknown = JSON.parse(read("ANNOTATIONS_DATA") ?? "{}");
  return {
    image,
    directory,
    sentinel: read("SENTINEL_PATH") ?? `${directory}/fine_tuning_completed.txt`,
    annotations: Annotations.parse(annotations).$manifest,
  };
}
