import { BlobServiceClient } from "@azure/storage-blob";

import { clientsByConnection } from "./storage-connection.ts";

export function createBlobServices(
  env: NodeJS.ProcessEnv,
): (connection: string, functionName: string) => BlobServiceClient {
  return clientsByConnection(env, {
    service: "blob",
    fromConnectionString: (text) => BlobServiceClient.fromConnectionString(text),
    fromIdentity: (uri, credential) => new BlobServiceClient(uri, credential),
  });
}
