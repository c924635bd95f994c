import type { ApiRequest } from "../../../../functions/api/handler.ts";

/** A request as handlers see it. */
export function call(
  params: Readonly<Record<string, string>> = {},
  { query = "", body = "" }: { readonly query?: string; readonly body?: string | object } = {},
): ApiRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { params, query: new URLSearchParams(query), body: text };
}
