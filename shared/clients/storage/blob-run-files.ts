import { createHash } from "node:crypto";

import type { BlockBlobClient } from "@azure/storage-blob";
import { z } from "zod";

import type { RunFile, RunFiles, StoredFile } from "../../ports/run-files.ts";
import { bodyOf, NO_SDK_RETRIES } from "./blob-body.ts";
import { blobIn, openBlobService, ownContainer } from "./blob-service.ts";
import { type StagedFile, stageBlocks } from "./block-writer.ts";
import { type SigningConnection, UrlSigner } from "./signed-urls.ts";
import { absentOr, failed, parseStored, storageError } from "./storage-errors.ts";

const CONTAINER = "rollforward";
const READ_TEXT_LIMIT = 4 * 1024 * 1024;

const Properties = z.object({
  contentLength: z.number(),
  metadata: z.object({ sha256: z.string() }),
});

/** Files of runs as blobs `runs/<run>/<name>`, their sha256 in the blob's metadata. */
export function createBlobRunFiles(connection: SigningConnection): RunFiles {
  const service = openBlobService(connection);
  const container = ownContainer(service, CONTAINER);
  const signer = new UrlSigner(service, connection);
  const blobOf = ({ run, name }: RunFile): BlockBlobClient =>
    blobIn(container.client, `runs/${run}/${name}`);

  return {
    async putOnce(file, content) {
      await container.ensure();
      const blob = blobOf(file);
      const stored = await find(blob);
      if (stored) {
        await discard(content);
        return stored;
      }
      return commitOnce(blob, await stageBlocks(blob, content));
    },

    async put(file, content) {
      await container.ensure();
      const blob = blobOf(file);
      const sha256 = createHash("sha256").update(content).digest("hex");
      await blob
        .uploadData(content, { metadata: { sha256 } })
        .catch(failed(`Writing ${blob.name}`));
    },

    async find(file) {
      return find(blobOf(file));
    },

    async readText(file) {
      return readText(blobOf(file));
    },

    async readUrl(file, expiresAt) {
      return signer.sign(blobOf(file), "r", expiresAt);
    },
  };
}

async function find(blob: BlockBlobClient): Promise<StoredFile | undefined> {
  const found = await blob.getProperties().catch(absentOr(`Looking at ${blob.name}`));
  if (!found) return undefined;
  const { contentLength, metadata } = parseStored(Properties, found, blob.name);
  return { size: contentLength, sha256: metadata.sha256 };
}

/** @returns what is stored: of whoever committed first */
async function commitOnce(blob: BlockBlobClient, staged: StagedFile): Promise<StoredFile> {
  const { size, sha256, blocks } = staged;
  try {
    await blob.commitBlockList([...blocks], {
      conditions: { ifNoneMatch: "*" },
      metadata: { sha256 },
    });
    return { size, sha256 };
  } catch (error) {
    // Whatever the answer was: the winner's commit drops our blocks, so it may be another than 409.
    const stored = await find(blob);
    if (stored) return stored;
    throw storageError(`Writing ${blob.name}`, error);
  }
}

async function readText(blob: BlockBlobClient): Promise<string | undefined> {
  const doing = `Reading ${blob.name}`;
  const response = await blob.download(0, undefined, NO_SDK_RETRIES).catch(absentOr(doing));
  if (!response) return undefined;

  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of bodyOf(blob, response)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= READ_TEXT_LIMIT) break;
    }
  } catch (error) {
    throw storageError(doing, error);
  }
  return Buffer.concat(chunks).subarray(0, READ_TEXT_LIMIT).toString("utf8");
}

/** Lets a stream that is not needed close what it holds. */
async function discard(content: AsyncIterable<Uint8Array> | Uint8Array): Promise<void> {
  if (content instanceof Uint8Array) return;
  await content[Symbol.asyncIterator]().return?.();
}
