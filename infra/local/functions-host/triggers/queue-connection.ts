import { QueueServiceClient } from "@azure/storage-queue";

import { clientsByConnection } from "./storage-connection.ts";

export function createQueueServices(
  env: NodeJS.ProcessEnv,
): (connection: string, functionName: string) => QueueServiceClient {
  return clientsByConnection(env, {
    service: "queue",
    fromConnectionString: (text) => QueueServiceClient.fromConnectionString(text),
    fromIdentity: (uri, credential) => new QueueServiceClient(uri, credential),
  });
}
