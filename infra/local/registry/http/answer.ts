import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import type { RegistryError } from "../registry-error.ts";

/** What will be sent. A value, so that what happened can be reported before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream needs its `content-length` among the headers. */
  readonly body?: Buffer | Readable;
}

export type Headers = Readonly<Record<string, string>>;

export function jsonAnswer(status: number, document: unknown, headers: Headers = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}

export function emptyAnswer(status: number, headers: Headers = {}): Answer {
  return { status, headers };
}

export function errorAnswer({ status, code, message, detail, headers }: RegistryError): Answer {
  return jsonAnswer(status, { errors: [{ code, message, detail }] }, headers);
}

/** Sends it, or lets it go when nobody listens any more. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const { body, headers, status } = answer;
  const isHead = response.req.method === "HEAD";
  response.writeHead(status, {
    "docker-distribution-api-version": "registry/2.0",
    "x-content-type-options": "nosniff",
    ...lengthOf(answer, isHead),
    ...headers,
  });
  if (body === undefined || isHead) {
    discard(answer);
    response.end();
  } else if (Buffer.isBuffer(body)) {
    response.end(body);
  } else {
    await pipeline(body, response);
  }
}

/** Closes the file behind an answer that is not sent. */
export function discard({ body }: Answer): void {
  if (body !== undefined && !Buffer.isBuffer(body)) body.destroy();
}

function lengthOf({ body, status }: Answer, isHead: boolean): Headers {
  if (status === 204) return {};
  if (body === undefined) return isHead ? {} : { "content-length": "0" };
  return Buffer.isBuffer(body) ? { "content-length": String(body.length) } : {};
}
