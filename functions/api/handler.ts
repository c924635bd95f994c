import type { HttpRequest, HttpResponseInit, InvocationContext } from "@azure/functions";
import type { z } from "zod";

import type { ApiError } from "../../shared/contracts/http-api.ts";
import { PermanentError, TransientError } from "../../shared/errors.ts";
import { ApiFailure, invalid, STATUS_OF } from "./api-error.ts";

/** A request as our handlers see it. */
export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The body as text; limited, see `answer`. */
  readonly body: string;
}

export type ApiHandler<Answer> = (request: ApiRequest) => Promise<Answer>;

/** A pipeline document is at most 256 KB; nothing else that we take is larger. */
const MAX_BODY_BYTES = 512 * 1024;

/** Runs a handler and turns what it returns or throws into an HTTP answer. */
export async function answer<Answer>(
  handler: ApiHandler<Answer>,
  request: Pick<HttpRequest, "params" | "query" | "text" | "headers">,
  log: Pick<InvocationContext, "error">,
): Promise<HttpResponseInit> {
  try {
    const body = await readBody(request);
    const { params, query } = request;
    return { jsonBody: await handler({ params, query, body }) };
  } catch (error) {
    const failure = toApiFailure(error);
    // Details of what broke are for the operator's log, never for a caller.
    if (failure.code === "INTERNAL") log.error(traceOf(error));
    return { status: STATUS_OF[failure.code], jsonBody: toBody(failure) };
  }
}

async function readBody(request: Pick<HttpRequest, "text" | "headers">): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  const body = announced > MAX_BODY_BYTES ? undefined : await request.text();
  if (body === undefined || Buffer.byteLength(body) > MAX_BODY_BYTES) {
    throw new ApiFailure("TOO_LARGE", `The body is larger than ${MAX_BODY_BYTES / 1024} KB`);
  }
  return body;
}

/**
 * Reads a JSON body by its schema.
 *
 * @throws {ApiFailure} `INVALID` with every place that is wrong
 */
export function parseBody<Body>(schema: z.ZodType<Body>, text: string): Body {
  let json: unknown;
  try {
    json = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new ApiFailure("INVALID", "The body is not JSON");
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid("body", parsed.error);
}

function toApiFailure(error: unknown): ApiFailure {
  if (error instanceof ApiFailure) return error;
  if (error instanceof TransientError) return new ApiFailure("UNAVAILABLE", error.message);
  if (error instanceof PermanentError && error.code !== "INTERNAL") {
    const { code, message, details } = error;
    return code === "UNSUPPORTED"
      ? new ApiFailure(code, message, details)
      : new ApiFailure("CONFLICT", `${code}: ${message}`, details);
  }
  return new ApiFailure("INTERNAL", "Something went wrong; the app's log says what");
}

/** Without causes: an SDK's own error may hold a request with its headers and signed URL. */
function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function toBody({ code, message, details }: ApiFailure): ApiError {
  return { error: { code, message, ...(details && { details: [...details] }) } };
}
