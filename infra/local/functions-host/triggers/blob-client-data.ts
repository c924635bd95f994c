import type { Binding } from "../app/core-api.ts";
import type { TypedData } from "../app/rpc.ts";
import type { BlobPath } from "./blob-path.ts";
import { HOST_CONNECTION } from "./host-connection.ts";

/** Whether a function wants a client of the storage library instead of bytes (`sdkBinding: true`). */
export function wantsClient(binding: Binding): boolean {
  const { properties } = binding;
  if (typeof properties !== "object" || properties === null) return false;
  if (!("supportsDeferredBinding" in properties)) return false;
  return String(properties.supportsDeferredBinding).toLowerCase() === "true";
}

/**
 * What the app's extension library makes its client from (BlobsExtensionConfigProvider.cs, ParameterBindingData):
 * the name of the connection, never its secret.
 */
export function blobClientData(connection: string, { container, blob }: BlobPath): TypedData {
  const content = {
    Connection: connection || HOST_CONNECTION,
    ContainerName: container,
    BlobName: blob,
  };
  return {
    modelBindingData: {
      version: "1.0",
      source: "AzureStorageBlobs",
      contentType: "application/json",
      content: Buffer.from(JSON.stringify(content)),
    },
  };
}
