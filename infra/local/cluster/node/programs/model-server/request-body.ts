import type http from "node:http";

const MAX_BODY_BYTES = 1 << 20;

/** A request that is refused, in OpenAI's words. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;
  readonly type: string;
  readonly param: string | null;

  constructor(status: number, type: string, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }
}

/** @throws {RequestError} if the body is too long or no JSON */
export async function readJson(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // The rest is read and thrown away, so that the client reads the answer instead of a reset.
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  if (size > MAX_BODY_BYTES) {
    const message = `the body is longer than ${MAX_BODY_BYTES} bytes`;
    throw new RequestError(413, "BadRequestError", message);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new RequestError(400, "BadRequestError", "the body is not JSON");
  }
}
