import { createHash } from "node:crypto";

import type { Extract, Header } from "tar-stream";

import { quote } from "../../../domain/adapter/checked.ts";
import { LENGTH_BYTES, readHeaderLength } from "../../../domain/adapter/safetensors-header.ts";

type Entry = Extract extends AsyncIterable<infer Item> ? Item : never;

export interface ConfigFile {
  readonly text: string;
  readonly sha256: string;
}

export interface WeightsFile {
  /** The JSON behind the first eight bytes; absent if it cannot be read, which is a problem already. */
  readonly header: Uint8Array | undefined;
  readonly size: number;
  readonly sha256: string;
}

/** What is in the layer, as far as an adapter may have it. */
export interface AdapterFiles {
  readonly problems: string[];
  config?: ConfigFile;
  weights?: WeightsFile;
}

const DIRECTORY = "data/";
const CONFIG = "data/adapter_config.json";
const WEIGHTS = "data/adapter_model.safetensors";

/** peft writes about one kilobyte. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/** KAITO's has three; the report shows twenty problems. */
const MAX_ENTRIES = 100;

/**
 * Reads what KAITO's pusher packs, and puts down everything else as a problem. Of the weights no more
 * than the header is kept.
 */
export async function readFiles(archive: Extract, files: AdapterFiles): Promise<void> {
  const seen = new Set<string>();
  for await (const entry of archive) {
    const { name } = entry.header;
    if (seen.size >= MAX_ENTRIES) throw new Error(`it has more than ${MAX_ENTRIES} entries`);
    const problem = seen.has(name)
      ? `the layer has ${quote(name)} twice`
      : headerProblem(entry.header);
    seen.add(name);
    if (problem !== undefined) files.problems.push(problem);
    if (problem !== undefined || name === DIRECTORY) entry.resume();
    else if (name === CONFIG) files.config = await readConfig(entry);
    else files.weights = await readWeights(entry, files.problems);
  }
  for (const name of [CONFIG, WEIGHTS]) {
    if (!seen.has(name)) files.problems.push(`the layer has no ${name}`);
  }
}

function headerProblem({ name, size, type }: Header): string | undefined {
  if (name === DIRECTORY) {
    return type === "directory" ? undefined : `${DIRECTORY} is a ${type}, not a directory`;
  }
  if (name !== CONFIG && name !== WEIGHTS) {
    return `the layer has ${quote(name)}, which is not part of an adapter`;
  }
  if (type !== "file") return `${name} is a ${type}, not a regular file`;
  return name === CONFIG && size > MAX_CONFIG_BYTES
    ? `${CONFIG} has ${size} bytes, more than ${MAX_CONFIG_BYTES}`
    : undefined;
}

async function readConfig(entry: Entry): Promise<ConfigFile> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(entry)) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  return {
    text: content.toString("utf8"),
    sha256: createHash("sha256").update(content).digest("hex"),
  };
}

async function readWeights(entry: Entry, problems: string[]): Promise<WeightsFile> {
  const { size } = entry.header;
  const hash = createHash("sha256");
  const start: Uint8Array[] = [];
  let kept = 0;
  let wanted = LENGTH_BYTES;
  let isLengthKnown = false;
  for await (const chunk of bytesOf(entry)) {
    hash.update(chunk);
    if (kept < wanted) {
      start.push(chunk);
      kept += chunk.length;
    }
    if (!isLengthKnown && kept >= LENGTH_BYTES) {
      isLengthKnown = true;
      wanted = wantedBytes(Buffer.concat(start), size, problems);
    }
  }
  if (!isLengthKnown) wanted = wantedBytes(Buffer.concat(start), size, problems);
  const header = wanted > 0 ? Buffer.concat(start).subarray(LENGTH_BYTES, wanted) : undefined;
  return { header, size, sha256: hash.digest("hex") };
}

/** @returns how much of the file is needed; nothing of it if its header cannot be read */
function wantedBytes(start: Uint8Array, fileSize: number, problems: string[]): number {
  const length = readHeaderLength(start, fileSize);
  if (length.ok) return LENGTH_BYTES + length.value;
  problems.push(...length.problems);
  return 0;
}

/** The stream's own types promise nothing. */
async function* bytesOf(entry: Entry): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("an entry is not bytes");
    yield chunk;
  }
}
