import type { IncomingMessage } from "node:http";

/** As Azure's: `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT`. */
export const BODY_LIMIT_BYTES = 100 * 1024 * 1024;

/** @returns undefined if the body is larger than the limit; the rest of it is not read then */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
