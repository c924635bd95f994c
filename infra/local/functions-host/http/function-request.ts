import type { IncomingMessage } from "node:http";

import { bytesOf, type HttpCookie, type TypedData } from "../app/rpc.ts";
import type { Answer } from "./answer.ts";
import type { Visit } from "./visit.ts";

export interface FunctionRequest {
  readonly visit: Visit;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The request as the worker's `RpcHttp`. */
export function toHttpData({ visit, parameters, body }: FunctionRequest): TypedData {
  const { method, url, incoming } = visit;
  return {
    http: {
      method,
      url: url.href,
      nullableHeaders: toNullable(headersOf(incoming)),
      nullableParams: toNullable(parameters),
      nullableQuery: toNullable(queryOf(url)),
      body: body.length > 0 ? { bytes: body } : null,
    },
  };
}

/** A header that comes twice is joined by a comma, as in .NET, and none is left out; cookies keep their own mark. */
export function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === "cookie" ? "; " : ","),
    ]),
  );
}

/** The answer of a function; one that returned nothing answers 204. */
export function fromHttpData(data: TypedData | null | undefined): Answer {
  const http = data?.http;
  if (!http) return { status: 204 };
  const cookies = (http.cookies ?? []).map(formatCookie);
  return {
    status: Number(http.statusCode ?? 200),
    headers: { ...http.headers, ...(cookies.length > 0 ? { "set-cookie": cookies } : {}) },
    body: bytesOf(http.body ?? { bytes: new Uint8Array() }),
  };
}

/** A repeated parameter is joined by commas, as in Azure. */
export function queryOf(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of new Set(url.searchParams.keys())) {
    query[name] = url.searchParams.getAll(name).join(",");
  }
  return query;
}

function toNullable(values: Readonly<Record<string, string>>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

const SAME_SITE: Readonly<Record<string, string>> = {
  lax: "lax",
  strict: "strict",
  explicitNone: "none",
};

/** In the order and with the letters of ASP.NET (SetCookieHeaderValue.cs). */
function formatCookie(cookie: HttpCookie): string {
  const pair = `${cookie.name ?? ""}=${encodeURIComponent(cookie.value ?? "")}`;
  return [pair, ...lifetimeOf(cookie), ...scopeOf(cookie)].join("; ");
}

function lifetimeOf({ expires, maxAge }: HttpCookie): string[] {
  const date = expires && new Date(expires.value.seconds * 1000).toUTCString();
  return [...(date ? [`expires=${date}`] : []), ...(maxAge ? [`max-age=${maxAge.value}`] : [])];
}

function scopeOf({ domain, path, secure, httpOnly, sameSite }: HttpCookie): string[] {
  const site = SAME_SITE[String(sameSite)];
  return [
    ...(domain ? [`domain=${domain.value}`] : []),
    // The default of CookieOptions.
    `path=${path?.value ?? "/"}`,
    ...(secure?.value ? ["secure"] : []),
    ...(site === undefined ? [] : [`samesite=${site}`]),
    ...(httpOnly?.value ? ["httponly"] : []),
  ];
}
