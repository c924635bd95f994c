import { createHash, randomUUID } from "node:crypto";

import type { BlockBlobClient } from "@azure/storage-blob";

import type { StoredFile } from "../../ports/run-files.ts";
import { failed } from "./storage-errors.ts";

/** What is held in memory at a time. 50,000 blocks make a blob: 195 GB. */
const BLOCK_BYTES = 4 * 1024 * 1024;

export interface StagedFile extends StoredFile {
  readonly blocks: readonly string[];
}

/**
 * Uploads content as blocks that nobody sees until they are committed.
 *
 * The ids are this attempt's own: uncommitted blocks belong to the blob, so two writers with the same
 * ids would commit a mixture of both.
 */
export async function stageBlocks(
  blob: BlockBlobClient,
  content: AsyncIterable<Uint8Array> | Uint8Array,
): Promise<StagedFile> {
  const attempt = randomUUID();
  const hash = createHash("sha256");
  const blocks: string[] = [];
  let size = 0;

  for await (const block of inBlocks(content)) {
    const id = Buffer.from(`${attempt}-${String(blocks.length).padStart(5, "0")}`).toString(
      "base64",
    );
    hash.update(block);
    size += block.length;
    await blob.stageBlock(id, block, block.length).catch(failed(`Writing ${blob.name}`));
    blocks.push(id);
  }
  return { size, sha256: hash.digest("hex"), blocks };
}

async function* inBlocks(
  content: AsyncIterable<Uint8Array> | Uint8Array,
): AsyncIterable<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      start += part.length;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafe(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
