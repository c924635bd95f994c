import type { BlobServiceClient } from "@azure/storage-blob";
import type { QueueServiceClient } from "@azure/storage-queue";

import type { AppFunction } from "../app/function-lookup.ts";

/** The clients of Azure Storage, one for each connection name. */
export interface StorageClients {
  /** @throws {UsageError} if the settings of the connection are not there */
  queues(connection: string, functionName: string): QueueServiceClient;
  /** @throws {UsageError} if the settings of the connection are not there */
  blobs(connection: string, functionName: string): BlobServiceClient;
}

/** Blob triggers keep their work in a queue, as in Azure. */
const QUEUE_BINDINGS = new Set(["queuetrigger", "queue", "blobtrigger"]);
const BLOB_BINDINGS = new Set(["blobtrigger", "blob"]);

/** Loads the libraries of Azure Storage only for apps that need them: they take longer than all the rest. */
export async function loadStorageClients(
  functions: readonly AppFunction[],
  env: NodeJS.ProcessEnv,
): Promise<StorageClients> {
  const [queues, blobs] = await Promise.all([
    uses(functions, QUEUE_BINDINGS)
      ? import("./queue-connection.ts").then((module) => module.createQueueServices(env))
      : notLoaded,
    uses(functions, BLOB_BINDINGS)
      ? import("./blob-connection.ts").then((module) => module.createBlobServices(env))
      : notLoaded,
  ]);
  return { queues, blobs };
}

function uses(functions: readonly AppFunction[], types: ReadonlySet<string>): boolean {
  return functions.some(({ metadata }) =>
    Object.values(metadata.bindings).some(({ type }) => types.has(type.toLowerCase())),
  );
}

function notLoaded(): never {
  throw new Error("No function has a binding of Azure Storage.");
}
