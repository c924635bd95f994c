import type { IncomingHttpHeaders } from "node:http";

import { bytesOf, type HttpCookie, type TypedData } from "../app/rpc.ts";
import type { Answer } from "./answer.ts";

export interface FunctionRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly parameters: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The request as the worker's `RpcHttp`. */
export function toHttpData(request: FunctionRequest): TypedData {
  const { method, url, headers, parameters, body } = request;
  return {
    http: {
      method,
      url: url.href,
      nullableHeaders: toNullable(headers),
      nullableParams: toNullable(parameters),
      nullableQuery: toNullable(queryOf(url)),
      body: body.length > 0 ? { bytes: body } : null,
    },
  };
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

function toNullable(
  values: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, { value: string }> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined
        ? []
        : [[name, { value: typeof value === "string" ? value : value.join(",") }]],
    ),
  );
}

const SAME_SITE: Readonly<Record<string, string>> = {
  lax: "Lax",
  strict: "Strict",
  explicitNone: "None",
};

function formatCookie(cookie: HttpCookie): string {
  const pair = `${cookie.name ?? ""}=${encodeURIComponent(cookie.value ?? "")}`;
  return [pair, ...lifetimeOf(cookie), ...scopeOf(cookie)].join("; ");
}

function lifetimeOf({ expires, maxAge }: HttpCookie): string[] {
  const date = expires && new Date(expires.value.seconds * 1000).toUTCString();
  return [...(date ? [`Expires=${date}`] : []), ...(maxAge ? [`Max-Age=${maxAge.value}`] : [])];
}

function scopeOf({ domain, path, secure, httpOnly, sameSite }: HttpCookie): string[] {
  const site = SAME_SITE[String(sameSite)];
  return [
    ...(domain ? [`Domain=${domain.value}`] : []),
    ...(path ? [`Path=${path.value}`] : []),
    ...(secure?.value ? ["Secure"] : []),
    ...(httpOnly?.value ? ["HttpOnly"] : []),
    ...(site === undefined ? [] : [`SameSite=${site}`]),
  ];
}
