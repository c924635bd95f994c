import type { BlockBlobClient } from "@azure/storage-blob";
import { z } from "zod";

import { TransientError } from "../../errors.ts";
import type { Pipelines, StoredPipeline } from "../../ports/pipelines.ts";
import { bodyOf, NO_SDK_RETRIES } from "./blob-body.ts";
import { blobIn, isBlobName, openBlobService, ownContainer } from "./blob-service.ts";
import type { BlobConnection } from "./storage-connection.ts";
import { absentOr, isAbsent, isConflict, parseStored, storageError } from "./storage-errors.ts";

const CONTAINER = "pipelines";
const SUFFIX = ".yaml";

const Downloaded = z.object({
  etag: z.string(),
  lastModified: z.date(),
  // A blob that was put there by other means has no generation: it counts as the first.
  metadata: z.object({ generation: z.coerce.number().int().positive().default(1) }).prefault({}),
});

interface Read {
  readonly pipeline: StoredPipeline;
  readonly etag: string;
}

/** Pipeline documents as blobs `<name>.yaml`, their generation in the blob's metadata. */
export function createBlobPipelines(connection: BlobConnection): Pipelines {
  const container = ownContainer(openBlobService(connection), CONTAINER);
  const blobOf = (name: string): BlockBlobClient => blobIn(container.client, `${name}${SUFFIX}`);

  return {
    async list() {
      const names = await listNames(container.client.listBlobsFlat());
      const found = await Promise.all(names.map(async (name) => read(blobOf(name), name)));
      return found.flatMap((one) => (one ? [one.pipeline] : []));
    },

    async find(name) {
      if (!isBlobName(`${name}${SUFFIX}`)) return undefined;
      const found = await read(blobOf(name), name);
      return found?.pipeline;
    },

    async apply(name, yaml) {
      await container.ensure();
      const before = await read(blobOf(name), name);
      if (before?.pipeline.yaml === yaml) return { ...before.pipeline, changed: false };

      const generation = (before?.pipeline.generation ?? 0) + 1;
      const updatedAt = await write(blobOf(name), name, yaml, generation, before?.etag);
      return { name, generation, yaml, updatedAt, changed: true };
    },
  };
}

async function listNames(blobs: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of blobs) {
      if (name.endsWith(SUFFIX)) names.push(name.slice(0, -SUFFIX.length));
    }
  } catch (error) {
    if (isAbsent(error)) return [];
    throw storageError("Listing the pipelines", error);
  }
  return names.toSorted();
}

async function read(blob: BlockBlobClient, name: string): Promise<Read | undefined> {
  const doing = `Reading pipeline ${name}`;
  const response = await blob.download(0, undefined, NO_SDK_RETRIES).catch(absentOr(doing));
  if (!response) return undefined;

  const { etag, lastModified, metadata } = parseStored(Downloaded, response, `Pipeline ${name}`);
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of bodyOf(blob, response)) chunks.push(chunk);
  } catch (error) {
    throw storageError(doing, error);
  }
  return {
    etag,
    pipeline: {
      name,
      generation: metadata.generation,
      yaml: Buffer.concat(chunks).toString("utf8"),
      updatedAt: lastModified.toISOString(),
    },
  };
}

/** @returns when it was written */
async function write(
  blob: BlockBlobClient,
  name: string,
  yaml: string,
  generation: number,
  etag: string | undefined,
): Promise<string> {
  try {
    const written = await blob.upload(yaml, Buffer.byteLength(yaml), {
      conditions: etag === undefined ? { ifNoneMatch: "*" } : { ifMatch: etag },
      metadata: { generation: String(generation) },
      blobHTTPHeaders: { blobContentType: "application/yaml; charset=utf-8" },
    });
    return z.date().parse(written.lastModified).toISOString();
  } catch (error) {
    if (!isConflict(error)) throw storageError(`Writing pipeline ${name}`, error);
    const message = `Pipeline ${name} was changed by somebody else at the same moment: apply it again`;
    throw new TransientError("STORAGE_UNAVAILABLE", message, { cause: error });
  }
}
