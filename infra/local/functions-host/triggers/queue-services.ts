import type { QueueServiceClient } from "@azure/storage-queue";

import type { AppFunction } from "../app/function-lookup.ts";

/** @throws {UsageError} if the settings of the connection are not there */
export type QueueServices = (connection: string, functionName: string) => QueueServiceClient;

const QUEUE_BINDINGS = new Set(["queuetrigger", "queue"]);

/** Loads the libraries of Azure Storage only for apps that need them: they take longer than all the rest. */
export async function loadQueueServices(
  functions: readonly AppFunction[],
  env: NodeJS.ProcessEnv,
): Promise<QueueServices> {
  if (!functions.some(usesQueues)) {
    return () => {
      throw new Error("No function has a queue binding.");
    };
  }
  const { createQueueServices } = await import("./storage-connection.ts");
  return createQueueServices(env);
}

function usesQueues({ metadata }: AppFunction): boolean {
  return Object.values(metadata.bindings).some(({ type }) =>
    QUEUE_BINDINGS.has(type.toLowerCase()),
  );
}
