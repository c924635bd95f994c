import { z } from "zod";

import { bytesOf } from "../app/rpc.ts";
import { parseTemplate } from "./binding-expressions.ts";
import { resolveBlobPath } from "./blob-path.ts";
import type { MakeOutput } from "./bound-function.ts";
import { describeBinding, readBinding } from "./read-binding.ts";

const BlobBinding = z.looseObject({ path: z.string(), connection: z.string().default("") });

/** Writes what a function gives to a blob; its container is made if it is not there. */
export const createBlobOutput: MakeOutput = (named, { env, storage }) => {
  const { path, connection } = readBinding(named, BlobBinding, env);
  const template = parseTemplate(path, describeBinding(named));
  const service = storage.blobs(connection, named.fn.name);
  return (data) => {
    const { container, blob } = resolveBlobPath(template, data, service.url);
    return async (value) => {
      const client = service.getContainerClient(container);
      await client.createIfNotExists();
      const bytes = bytesOf(value);
      await client.getBlockBlobClient(blob).upload(bytes, bytes.length);
    };
  };
};
