import { createReadStream } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";

import type { UploadTarget } from "../shared/contracts/http-api.ts";
import { CommandError } from "./errors.ts";

interface Upload {
  readonly target: UploadTarget;
  readonly file: string;
  readonly size: number;
  readonly ca: string | undefined;
  readonly onProgress: (sent: number) => void;
}

/**
 * Puts a file to Blob Storage.
 *
 * Not by `fetch`: it knows of no authority but the system's, and the local stack has its own.
 *
 * @returns the blob's ETag, which names this version of it
 */
export async function uploadFile({ target, file, size, ca, onProgress }: Upload): Promise<string> {
  const url = new URL(target.url);
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const request = send(url, {
    method: target.method,
    headers: { ...target.headers, "content-length": size },
    ...(ca !== undefined && { ca }),
  });
  const answered = new Promise<{ status: number; etag: string | undefined }>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, etag: response.headers.etag });
    });
  });

  let sent = 0;
  const content = createReadStream(file);
  content.on("data", (chunk) => onProgress((sent += chunk.length)));
  const [{ status, etag }] = await Promise.all([answered, pipeline(content, request)]);
  if (status !== 201 || etag === undefined) {
    throw new CommandError(`Blob Storage refused ${target.blob} with HTTP ${status}`);
  }
  return etag;
}
