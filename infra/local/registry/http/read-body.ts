import type { IncomingMessage } from "node:http";

import { RegistryError } from "../registry-error.ts";

export interface BodyLimit {
  readonly bytes: number;
  readonly tooLarge: RegistryError;
}

/**
 * Reads a whole body.
 *
 * @throws {RegistryError} `tooLarge`, without reading on
 */
export async function readBody(request: IncomingMessage, limit: BodyLimit): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > limit.bytes) throw limit.tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop would otherwise destroy the socket, and with it the answer that says why.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit.bytes) throw limit.tooLarge;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const MAX_FORM_BYTES = 64 * 1024;

/** @throws {RegistryError} */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const tooLarge = new RegistryError(
    413,
    "SIZE_INVALID",
    `a form of this registry has at most ${MAX_FORM_BYTES} bytes`,
  );
  const body = await readBody(request, { bytes: MAX_FORM_BYTES, tooLarge });
  return new URLSearchParams(body.toString("utf8"));
}

const MAX_DOCUMENT_BYTES = 64 * 1024;

/**
 * @returns the parsed JSON
 * @throws {RegistryError}
 */
export async function readDocument(request: IncomingMessage): Promise<unknown> {
  const tooLarge = new RegistryError(
    413,
    "SIZE_INVALID",
    `a document has at most ${MAX_DOCUMENT_BYTES} bytes`,
  );
  const body = await readBody(request, { bytes: MAX_DOCUMENT_BYTES, tooLarge });
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new RegistryError(400, "UNSUPPORTED", "the body is not JSON", { cause: error });
  }
}
