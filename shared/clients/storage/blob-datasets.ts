import type { BlobClient } from "@azure/storage-blob";
import { z } from "zod";

import type { DatasetBlob } from "../../domain/training-request.ts";
import { PermanentError } from "../../errors.ts";
import type { Datasets } from "../../ports/datasets.ts";
import { bodyOf, NO_SDK_RETRIES } from "./blob-body.ts";
import { bareEtag, blobIn, isBlobName, openBlobService, quotedEtag } from "./blob-service.ts";
import type { BlobConnection } from "./storage-connection.ts";
import {
  absentOr,
  failed,
  isAbsent,
  isConflict,
  parseStored,
  storageError,
} from "./storage-errors.ts";

const Listed = z.object({
  name: z.string(),
  properties: z.object({ etag: z.string(), contentLength: z.number() }),
  metadata: z.record(z.string(), z.string()).optional(),
});

const Properties = z.object({ etag: z.string(), contentLength: z.number() });

/** Datasets in Blob Storage, read with `Storage Blob Data Reader`. */
export function createBlobDatasets(connection: BlobConnection): Datasets {
  const service = openBlobService(connection);

  return {
    async list(container, prefix) {
      const listed = service
        .getContainerClient(container)
        .listBlobsFlat({ prefix, includeMetadata: true });

      const blobs: DatasetBlob[] = [];
      try {
        for await (const item of listed) {
          const { name, properties, metadata } = parseStored(Listed, item, container);
          if (isFolder(metadata)) continue;
          blobs.push(toDatasetBlob(name, properties));
        }
      } catch (error) {
        if (isAbsent(error)) return [];
        throw storageError(`Listing ${container}/${prefix}`, error);
      }
      return blobs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    },

    async find(container, name) {
      if (!isBlobName(name)) return undefined;
      const found = await blobIn(service.getContainerClient(container), name)
        .getProperties()
        .catch(absentOr(`Looking at ${container}/${name}`));
      return found && toDatasetBlob(name, parseStored(Properties, found, name));
    },

    async *read(container, { name, etag }) {
      const blob = blobIn(service.getContainerClient(container), name);
      try {
        const conditions = { ifMatch: quotedEtag(etag) };
        yield* bodyOf(blob, await blob.download(0, undefined, { conditions, ...NO_SDK_RETRIES }));
      } catch (error) {
        // With `If-Match`, a blob that is gone may answer 412 as one that has changed does.
        const isGone = isAbsent(error) || (isConflict(error) && !(await exists(blob)));
        throw readError(`${container}/${name}`, error, isGone);
      }
    },
  };
}

function toDatasetBlob(
  name: string,
  { etag, contentLength }: z.infer<typeof Properties>,
): DatasetBlob {
  return { name, etag: bareEtag(etag), size: contentLength };
}

/** Accounts with a hierarchical namespace list their directories as empty blobs. */
function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.["hdi_isfolder"] === "true";
}

async function exists(blob: BlobClient): Promise<boolean> {
  return blob.exists().catch(failed(`Looking at ${blob.name}`));
}

function readError(place: string, error: unknown, isGone: boolean): Error {
  if (isGone) {
    return new PermanentError("DATASET_NOT_FOUND", `${place} is gone`, { cause: error });
  }
  if (isConflict(error)) {
    const message = `${place} has changed since it was listed`;
    return new PermanentError("DATASET_CHANGED", message, { cause: error });
  }
  return storageError(`Reading ${place}`, error);
}
