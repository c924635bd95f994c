import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

import type { TokenCredential } from "@azure/core-auth";
import { RestError } from "@azure/core-rest-pipeline";
import { BlobServiceClient } from "@azure/storage-blob";
import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";

import type { BlobProperties } from "./blob-event.ts";
import type { BlobWrite } from "./blob-write.ts";

export interface StorageOptions {
  readonly blobServiceUrl: string;
  readonly queueServiceUrl: string;
  readonly credential: TokenCredential;
  /** PEM of an authority to trust beside the system's. */
  readonly trustFile?: string | undefined;
}

/** What this program itself asks of the storage account; clients' own requests go past it. */
export interface Storage {
  /** @returns `undefined` if the blob has been replaced or removed since it had this ETag */
  properties(write: BlobWrite, etag: string): Promise<BlobProperties | undefined>;
  ensureQueue(name: string): Promise<void>;
  /** Creates the queue if it is missing. */
  send(queue: string, text: string, signal: AbortSignal): Promise<void>;
}

const TRY_TIMEOUT_MS = 5000;
const GONE = [404, 409, 412];

export function connectStorage(options: StorageOptions): Storage {
  const client = {
    // Delivery has its own retries, and a client that waits for its answer shall not wait long.
    retryOptions: { maxTries: 1, tryTimeoutInMs: TRY_TIMEOUT_MS },
    ...trust(options.trustFile),
  };
  const blobs = new BlobServiceClient(options.blobServiceUrl, options.credential, client);
  const queues = new QueueServiceClient(options.queueServiceUrl, options.credential, client);
  const ready = new Map<string, QueueClient>();

  async function openQueue(name: string): Promise<QueueClient> {
    const known = ready.get(name);
    if (known) return known;
    const queue = queues.getQueueClient(name);
    await queue.createIfNotExists();
    ready.set(name, queue);
    return queue;
  }

  return {
    async properties({ blob, container }, etag) {
      try {
        const found = await blobs
          .getContainerClient(container)
          .getBlobClient(blob)
          .getProperties({ conditions: { ifMatch: etag } });
        return {
          contentType: found.contentType ?? "application/octet-stream",
          contentLength: found.contentLength ?? 0,
          blobType: found.blobType ?? "BlockBlob",
        };
      } catch (error) {
        if (isStatus(error, GONE)) return undefined;
        throw error;
      }
    },
    async ensureQueue(name) {
      await openQueue(name);
    },
    async send(name, text, signal) {
      const queue = await openQueue(name);
      try {
        // Event Grid encodes what it puts into queues, and the Functions host decodes it by default.
        await queue.sendMessage(Buffer.from(text).toString("base64"), { abortSignal: signal });
      } catch (error) {
        // Somebody removed the queue: the next try makes it anew.
        if (isStatus(error, [404])) ready.delete(name);
        throw error;
      }
    },
  };
}

/** The options are handed on to the core pipeline, which knows `tlsOptions`; only their type leaves it out. */
function trust(file: string | undefined): { tlsOptions?: { ca: string[] } } {
  if (file === undefined) return {};
  return { tlsOptions: { ca: [...rootCertificates, readFileSync(file, "utf8")] } };
}

function isStatus(error: unknown, statuses: readonly number[]): boolean {
  return (
    error instanceof RestError &&
    error.statusCode !== undefined &&
    statuses.includes(error.statusCode)
  );
}
