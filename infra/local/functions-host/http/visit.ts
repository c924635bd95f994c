import type { IncomingMessage, ServerResponse } from "node:http";

import type { Answer } from "./answer.ts";
import { MAX_HEADER_COUNT, MAX_TARGET_LENGTH } from "./limits.ts";

/** A request whose target and host are what they should be. */
export interface Visit {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** The parts between the slashes, decoded. */
  readonly path: readonly string[];
  /**
   * The same as a function sees it: `%2F` stays as it was written, because the server under Azure's host
   * does not decode it (Kestrel, PathDecoder).
   */
  readonly functionPath: readonly string[];
}

const HOST = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

const BAD_REQUEST: Answer = { status: 400, headers: { connection: "close" } };
const TARGET_TOO_LONG: Answer = { status: 414, headers: { connection: "close" } };
const TOO_MANY_HEADERS: Answer = { status: 431, headers: { connection: "close" } };

/** @returns an answer if the request is none that anybody should look at */
export function readVisit(incoming: IncomingMessage, response: ServerResponse): Visit | Answer {
  const target = incoming.url ?? "/";
  if (target.length > MAX_TARGET_LENGTH) return TARGET_TOO_LONG;
  if (incoming.rawHeaders.length > 2 * MAX_HEADER_COUNT) return TOO_MANY_HEADERS;
  const url = readUrl(target, incoming.headersDistinct["host"] ?? []);
  const paths = url && readPaths(url);
  if (!paths) return BAD_REQUEST;
  return { incoming, response, method: incoming.method ?? "GET", url, ...paths };
}

function readPaths({ pathname }: URL): Pick<Visit, "path" | "functionPath"> | undefined {
  const parts = pathname.split("/").filter((part) => part !== "");
  const path = decodeAll(parts);
  const functionPath = decodeAll(parts.map((part) => part.replaceAll(/%(?=2f)/gi, "%25")));
  return path && functionPath && { path, functionPath };
}

/** @param hosts HTTP/1.0 needs none; more than one would let two readers disagree */
function readUrl(target: string, hosts: readonly string[]): URL | undefined {
  const [host = "localhost", ...others] = hosts;
  if (others.length > 0 || !HOST.test(host)) return undefined;
  // A path that begins with two slashes must not be taken for a host.
  if (target.startsWith("/")) return URL.parse(`http://${host}${target}`) ?? undefined;
  // The absolute form, as for a proxy, must name the same host.
  const url = URL.parse(target);
  const isOwn = url?.protocol === "http:" && url.host === host.toLowerCase() && !url.username;
  return isOwn ? url : undefined;
}

/** @returns undefined if a part is no UTF-8, or holds what no path can hold */
function decodeAll(parts: readonly string[]): string[] | undefined {
  try {
    const decoded = parts.map((part) => decodeURIComponent(part));
    return decoded.some((part) => part.includes("\0")) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
