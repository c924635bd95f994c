import type { IncomingMessage } from "node:http";

import { parse } from "yaml";

import { ApiError, badRequest, unsupportedMediaType } from "../api-error.ts";
import { parseProtobuf, PROTOBUF } from "./protobuf.ts";

/** apiserver: limitedReadBody; no object is larger. */
const BODY_LIMIT = 3 * 1024 * 1024;

/** @throws {ApiError} 413 for a body over 3 MB */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > BODY_LIMIT) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > BODY_LIMIT) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The type without its parameters. */
export function contentTypeOf(request: IncomingMessage): string {
  const [type = ""] = (request.headers["content-type"] ?? "application/json").split(";");
  return type.trim().toLowerCase();
}

/** @throws {ApiError} for a body that is neither JSON nor YAML */
export function parseBody(body: Buffer, contentType: string): unknown {
  if (contentType === PROTOBUF) return parseProtobuf(body);
  const text = body.toString("utf8");
  try {
    if (contentType.endsWith("yaml")) {
      const document: unknown = parse(text, { maxAliasCount: 100 });
      return document;
    }
    if (contentType.endsWith("json") || contentType === "*/*") return JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${contentType}): ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw unsupportedMediaType(["application/json", "application/yaml"]);
}

function tooLarge(): ApiError {
  return new ApiError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: limit is ${BODY_LIMIT}`,
  );
}
