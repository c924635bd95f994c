import { createHash, type Hash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGunzip, type Gunzip } from "node:zlib";

import { extract } from "tar-stream";

import type { Descriptor } from "../../../domain/adapter/check-manifest.ts";
import { type AdapterFiles, readFiles } from "./read-files.ts";

export interface UnpackedLayer extends AdapterFiles {
  /** Digest of the tar; absent if it could not be unpacked to its end, which is a problem already. */
  readonly diffId: string | undefined;
}

/**
 * Gzip makes up to 1000 bytes out of one. Weights hardly shrink; a matrix that was never trained is all
 * zeros, and half of an adapter may be that. The rest is for small files.
 */
const MAX_RATIO = 20;
const SMALL_BYTES = 64 * 1024 ** 2;

const UNPACKED_CHUNK_BYTES = 256 * 1024;

/**
 * Reads a layer once: its bytes are compared with the descriptor while they are unpacked and looked into.
 * What cannot be unpacked is still read to its end, so that a damaged download is told from a bad file.
 *
 * @throws what `source` throws, and nothing else: the rest is a problem of the layer
 */
export async function unpackLayer(
  source: AsyncIterable<Uint8Array>,
  layer: Descriptor,
): Promise<UnpackedLayer> {
  const packed = new Meter(layer.size);
  const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES });
  const unpacking = unpack(gunzip, layer.size * MAX_RATIO + SMALL_BYTES);
  try {
    for await (const chunk of source) {
      packed.add(chunk);
      if (packed.isOver) break;
      await write(gunzip, chunk);
    }
  } catch (error) {
    gunzip.destroy();
    await unpacking;
    throw error;
  }
  gunzip.end();
  const { files, diffId } = await unpacking;
  const problems = [...packedProblems(packed, layer), ...files.problems];
  // Zeros behind the archive are ignored by everybody who unpacks it; they are counted here.
  if (problems.length === 0 && gunzip.bytesWritten !== packed.size) {
    problems.push("the layer goes on behind its gzip stream");
  }
  return { ...files, problems, diffId };
}

interface Unpacked {
  readonly files: AdapterFiles;
  readonly diffId: string | undefined;
}

/** Never throws: whatever happens to the stream is a problem of the layer. */
async function unpack(gunzip: Gunzip, limit: number): Promise<Unpacked> {
  const files: AdapterFiles = { problems: [] };
  const tar = new Meter(limit);
  const archive = extract();
  const reading = readFiles(archive, files).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error("it cannot be read"));
    throw error;
  });
  const [read, piped] = await Promise.allSettled([
    reading,
    pipeline(gunzip, (chunks: AsyncIterable<Uint8Array>) => within(chunks, tar), archive),
  ]);
  if (read.status === "fulfilled" && piped.status === "fulfilled") {
    return { files, diffId: tar.digest() };
  }
  // When one ends, the other ends with it; the one that only heard of it says that the stream closed.
  const reason: unknown = read.status === "rejected" ? read.reason : undefined;
  const other: unknown = piped.status === "rejected" ? piped.reason : undefined;
  files.problems.push(
    `the layer cannot be unpacked: ${wordsOf(isClosing(reason) ? other : reason)}`,
  );
  return { files, diffId: undefined };
}

async function* within(
  chunks: AsyncIterable<Uint8Array>,
  meter: Meter,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    meter.add(chunk);
    if (meter.isOver) throw new Error(`it unpacks to more than ${meter.limit} bytes`);
    yield chunk;
  }
}

function packedProblems(packed: Meter, { digest, size }: Descriptor): string[] {
  if (packed.isOver) return [`the layer has more bytes than the ${size} of the manifest`];
  const problems: string[] = [];
  if (packed.size !== size) {
    problems.push(`the layer has ${packed.size} bytes, the manifest says ${size}`);
  }
  const found = packed.digest();
  if (found !== digest) problems.push(`the layer's digest is ${found}, not ${digest}`);
  return problems;
}

/** Waits until the next chunk is wanted, or none is any more. */
async function write(gunzip: Gunzip, chunk: Uint8Array): Promise<void> {
  if (gunzip.destroyed || gunzip.readableEnded || gunzip.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const events = ["drain", "close", "end"];
    const done = (): void => {
      for (const event of events) gunzip.off(event, done);
      resolve();
    };
    for (const event of events) gunzip.on(event, done);
  });
}

function isClosing(reason: unknown): boolean {
  return reason === undefined || wordsOf(reason) === "Premature close";
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}

class Meter {
  size = 0;
  readonly limit: number;
  readonly #hash: Hash = createHash("sha256");

  constructor(limit: number) {
    this.limit = limit;
  }

  get isOver(): boolean {
    return this.size > this.limit;
  }

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.size += chunk.length;
  }

  /** Once. */
  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
