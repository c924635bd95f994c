import type { BlobServiceClient } from "@azure/storage-blob";
import { z } from "zod";

import type { TypedData } from "../app/rpc.ts";
import { parseTemplate } from "./binding-expressions.ts";
import { blobClientData, wantsClient } from "./blob-client-data.ts";
import { type BlobPath, resolveBlobPath } from "./blob-path.ts";
import type { MakeInput } from "./bound-function.ts";
import { describeBinding, readBinding } from "./read-binding.ts";

const BlobBinding = z.looseObject({ path: z.string(), connection: z.string().default("") });

/** Gives a function the bytes of a blob; nothing, if it is not there. */
export const createBlobInput: MakeInput = (named, { env, storage }) => {
  const { path, connection } = readBinding(named, BlobBinding, env);
  const template = parseTemplate(path, describeBinding(named));
  const service = storage.blobs(connection, named.fn.name);
  return async (data) => {
    const found = resolveBlobPath(template, data, service.url);
    return wantsClient(named.binding)
      ? blobClientData(connection, found)
      : readBytes(service, found);
  };
};

async function readBytes(
  service: BlobServiceClient,
  { container, blob }: BlobPath,
): Promise<TypedData | null> {
  try {
    const client = service.getContainerClient(container).getBlobClient(blob);
    return { bytes: await client.downloadToBuffer() };
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return null;
    throw error;
  }
}
