import type { ServerResponse } from "node:http";

import { withoutHopByHop } from "./hop-by-hop.ts";
import { UNREAD_ANSWER_MS } from "./limits.ts";

/** An HTTP answer before it is written. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

export function writeAnswer(
  response: ServerResponse,
  { status, headers = {}, body }: Answer,
): void {
  response.statusCode = status;
  if (headers["connection"] === "close") response.shouldKeepAlive = false;
  for (const [name, value] of Object.entries(withoutHopByHop(headers, "content-length"))) {
    response.setHeader(name, value);
  }
  if (response.req.method === "HEAD") response.setHeader("content-length", lengthOf(headers, body));
  response.end(body);
  endIfUnread(response);
}

/** A function's own idea of it counts only where no body can run into the next answer. */
function lengthOf(headers: NonNullable<Answer["headers"]>, body: Answer["body"]): number {
  const length = Buffer.byteLength(body ?? "");
  return length > 0 ? length : Number(headers["content-length"] ?? 0) || 0;
}

function endIfUnread(response: ServerResponse): void {
  const { socket } = response;
  if (response.writableFinished || !socket) return;
  // Of a socket that something is written to, the time begins anew with each part that was taken.
  const end = (): void => {
    socket.destroy();
  };
  socket.setTimeout(UNREAD_ANSWER_MS, end);
  // Before Node's own listener, which gives the connection the time that it may be idle.
  response.prependOnceListener("finish", () => socket.setTimeout(0, end));
}
