import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";

import { checkAdapterConfig } from "../../domain/adapter/check-adapter-config.ts";
import { checkConfigBlob } from "../../domain/adapter/check-config-blob.ts";
import { checkManifest, type Descriptor } from "../../domain/adapter/check-manifest.ts";
import { checkSafetensors } from "../../domain/adapter/check-safetensors.ts";
import { type Checked, refuse, settle } from "../../domain/adapter/checked.ts";
import { contentHash } from "../../domain/adapter/content-hash.ts";
import { readTensors } from "../../domain/adapter/safetensors-header.ts";
import { PermanentError, TransientError } from "../../errors.ts";
import type { AdapterExpectation, VerifiedAdapter } from "../../ports/adapters.ts";
import type { ConfigFile, WeightsFile } from "./layer/read-files.ts";
import { type UnpackedLayer, unpackLayer } from "./layer/unpack-layer.ts";
import { readBlob } from "./read-blob.ts";
import { invalidAdapter, readManifest } from "./read-manifest.ts";
import type { Registry } from "./registry-connection.ts";

/** A gzip stream cannot be entered in its middle: a download that broke begins again. */
const ATTEMPTS = 3;
const RETRY_DELAY_MS = 250;

/**
 * Reads a whole image and checks it. Bytes that are complete and wrong are a verdict; bytes that do not
 * arrive are none.
 *
 * @throws {PermanentError} `ADAPTER_INVALID`
 */
export async function verifyImage(
  registry: Registry,
  repository: string,
  digest: string,
  expected: AdapterExpectation,
): Promise<VerifiedAdapter> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await verifyOnce(registry, repository, digest, expected);
    } catch (error) {
      if (!(error instanceof TransientError) || attempt === ATTEMPTS) throw error;
    }
    await wait(RETRY_DELAY_MS * attempt);
  }
}

async function verifyOnce(
  registry: Registry,
  repository: string,
  digest: string,
  expected: AdapterExpectation,
): Promise<VerifiedAdapter> {
  const { content } = await readManifest(registry, repository, digest);
  const manifest = checkManifest(content.toString("utf8"), expected);
  if (!manifest.ok) throw invalidAdapter(repository, digest, manifest.problems);

  const { config, layer } = manifest.value;
  const open = (blob: Descriptor): AsyncIterable<Buffer> =>
    readBlob(registry, repository, blob.digest);
  const image = await orProblems(readConfigBlob(open(config), config));
  const unpacked = await orProblems(
    unpackLayer(open(layer), layer).then((value) => settle([], value)),
  );
  const found = judge(image, unpacked, expected);
  if (!found.ok) throw invalidAdapter(repository, digest, found.problems);
  return { digest, ...found.value, sizeBytes: config.size + layer.size };
}

/** What is wrong with one part is no reason not to look at the next. */
async function orProblems<Value>(reading: Promise<Checked<Value>>): Promise<Checked<Value>> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof PermanentError) || error.code !== "ADAPTER_INVALID") throw error;
    return refuse(...(error.details ?? [error.message]));
  }
}

async function readConfigBlob(
  source: AsyncIterable<Buffer>,
  { digest, size }: Descriptor,
): Promise<Checked<{ readonly diffId: string }>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > size) break;
    chunks.push(chunk);
  }
  const content = Buffer.concat(chunks);
  return `sha256:${sha256(content)}` === digest && length === size
    ? checkConfigBlob(content.toString("utf8"))
    : refuse("the config blob is not the one that the manifest names");
}

type Findings = Omit<VerifiedAdapter, "digest" | "sizeBytes">;

/** Everything that is wrong, from the outside to the inside. */
function judge(
  image: Checked<{ readonly diffId: string }>,
  unpacked: Checked<UnpackedLayer>,
  expected: AdapterExpectation,
): Checked<Findings> {
  const problems = image.ok ? [] : [...image.problems];
  if (!unpacked.ok) return refuse(...problems, ...unpacked.problems);

  const { config, diffId, problems: ofLayer, weights } = unpacked.value;
  problems.push(...ofLayer);
  if (image.ok && diffId !== undefined && diffId !== image.value.diffId) {
    problems.push(`the unpacked layer's digest is ${diffId}, not ${image.value.diffId}`);
  }
  const files = judgeFiles(config, weights, expected);
  if (!files.ok) return refuse(...problems, ...files.problems);
  return settle(problems, files.value);
}

function judgeFiles(
  config: ConfigFile | undefined,
  weights: WeightsFile | undefined,
  expected: AdapterExpectation,
): Checked<Findings> {
  const facts = config ? checkAdapterConfig(config.text, expected) : refuse();
  if (!weights?.header) return refuse(...problemsOf(facts));
  const { header, size, sha256: weightsSha256 } = weights;
  // Without a configuration there is nothing to compare the modules with; the file is still a file.
  if (!config || !facts.ok) {
    return refuse(...problemsOf(facts), ...problemsOf(readTensors(header, size)));
  }
  const tensors = checkSafetensors(header, size, facts.value);
  if (!tensors.ok) return tensors;
  const { sha256: configSha256 } = config;
  return settle([], {
    contentHash: contentHash({ weightsSha256, configSha256 }, sha256),
    weightsSha256,
    configSha256,
    rank: facts.value.rank,
    targetModules: tensors.value.modules,
  });
}

function problemsOf(checked: Checked<unknown>): readonly string[] {
  return checked.ok ? [] : checked.problems;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
