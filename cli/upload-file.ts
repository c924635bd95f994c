import { createReadStream } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { pipeline } from "node:stream/promises";
import { rootCertificates } from "node:tls";

import type { UploadTarget } from "../shared/contracts/http-api.ts";
import { codeOf, CommandError, UnreachableError } from "./errors.ts";

interface Upload {
  readonly target: UploadTarget;
  readonly file: string;
  readonly size: number;
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (sent: number) => void;
}

interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
}

const SILENCE_MS = 120_000;

/**
 * Puts a file to Blob Storage.
 *
 * Not by `fetch`: it knows of no authority but the system's, and the local stack has its own.
 *
 * @returns the blob's ETag, which names this version of it
 * @throws {UnreachableError} if nothing was sent, so that trying again is safe
 * @throws {CommandError} without the URL, which is signed
 */
export async function uploadFile(upload: Upload): Promise<string> {
  const { target, signal } = upload;
  let answer: Answer;
  try {
    answer = await put(upload);
  } catch (error) {
    if (signal.aborted) throw error;
    throw explain(error, target);
  }
  const { status, etag } = answer;
  if (status === 201 && etag !== undefined) return etag;
  throw new CommandError(`Blob Storage refused ${target.blob} with HTTP ${status}`, {
    code: "INTERNAL",
  });
}

async function put({ target, file, size, ca, signal, onProgress }: Upload): Promise<Answer> {
  const url = new URL(target.url);
  const options: RequestOptions = {
    method: target.method,
    headers: { ...target.headers, "content-length": size },
    signal,
    timeout: SILENCE_MS,
    ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
  };
  const request =
    url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
  request.once("timeout", () => request.destroy(new Error(`silent for ${SILENCE_MS / 1000} s`)));

  const content = createReadStream(file);
  const answered = new Promise<Answer>((resolve, reject) => {
    request.once("error", reject);
    request.once("response", (response) => {
      response.resume();
      // A refusal may come before the file has been read to its end.
      content.destroy();
      resolve({ status: response.statusCode ?? 0, etag: response.headers.etag });
    });
  });
  let sent = 0;
  content.on("data", (chunk) => onProgress((sent += chunk.length)));
  // Whatever goes wrong in sending ends the request, and `answered` with it.
  pipeline(content, request).catch(() => undefined);
  return answered;
}

function explain(error: unknown, { url, blob }: UploadTarget): CommandError {
  const { origin } = new URL(url);
  const reason = error instanceof Error ? error.message : String(error);
  if (codeOf(error) === "ECONNREFUSED") {
    return new UnreachableError(`Blob Storage does not answer at ${origin} (${reason})`, {
      cause: error,
    });
  }
  const message = `${blob} could not be sent to ${origin} (${reason}). See whether it arrived with: rollforward requests`;
  return new CommandError(message, { code: "UNAVAILABLE", cause: error });
}
