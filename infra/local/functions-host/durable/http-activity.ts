import { ActivityError } from "./activity-error.ts";
import { followRedirects, type Hop } from "./http-redirect.ts";
import { httpTokenOf } from "./http-token.ts";
import { HttpCall } from "./replay/action.ts";
import type { HttpAnswer } from "./replay/http-call.ts";
import { responseHeadersOf } from "./response-headers.ts";

export interface HttpActivityOptions {
  readonly timeoutMs?: number;
  readonly bodyLimitBytes?: number;
}

/** `HttpClient.Timeout` of .NET, which the extension leaves as it is. */
const TIMEOUT_MS = 100_000;
/** Unpacked: what a server sends must not fill the memory, whatever it packs into a few bytes. */
const BODY_LIMIT_BYTES = 100 * 1024 * 1024;
/**
 * Sends the one request of `callHttp` (the extension's TaskHttpActivityShim.cs). Its result is the JSON
 * text that the library reads.
 *
 * @throws {ActivityError} with .NET's words where a server cannot be reached
 */
export async function runHttpActivity(
  input: unknown,
  { timeoutMs = TIMEOUT_MS, bodyLimitBytes = BODY_LIMIT_BYTES }: HttpActivityOptions = {},
): Promise<HttpAnswer> {
  const call = HttpCall.parse(input);
  const first = await firstHop(call);
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await followRedirects(first, signal);
    return {
      statusCode: response.status,
      headers: responseHeadersOf(response.headers),
      content: await readText(response, bodyLimitBytes),
    };
  } catch (error) {
    throw toActivityError(error, first.url, signal.aborted ? timeoutMs : undefined);
  }
}

async function firstHop(call: HttpCall): Promise<Hop> {
  const headers = new Headers(call.headers ?? {});
  const type = headers.get("content-type");
  if (type?.includes("multipart")) {
    throw new ActivityError("Multipart content is not supported with CallHttpAsync.");
  }
  const body = call.content ?? null;
  if (body === null) headers.delete("content-type");
  else if (type === null) headers.set("content-type", "text/plain");
  // .NET does not ask for packed answers, nor unpack them.
  if (!headers.has("accept-encoding")) headers.set("accept-encoding", "identity");
  const token = await httpTokenOf(call.tokenSource);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  return { method: call.method, url: new URL(call.uri), headers, body };
}

async function readText(response: Response, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limitBytes) {
      throw new ActivityError(`The content of the HTTP response is over ${limitBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** @param timeoutMs of a request that took too long */
function toActivityError(error: unknown, url: URL, timeoutMs: number | undefined): ActivityError {
  if (error instanceof ActivityError) return error;
  if (timeoutMs !== undefined) {
    return new ActivityError(
      `The request was canceled due to the configured HttpClient.Timeout of ${timeoutMs / 1000} seconds elapsing.`,
    );
  }
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const reason = reasonOf(error);
  return new ActivityError(`${reason} (${url.hostname}:${port})`, {
    className: "System.Net.Http.HttpRequestException",
  });
}

const DOT_NET_REASONS = new Map([
  ["ECONNREFUSED", "Connection refused"],
  ["ENOTFOUND", "Name or service not known"],
  ["ECONNRESET", "Connection reset by peer"],
]);

/** `fetch` says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause ? String(cause.code) : "";
  return DOT_NET_REASONS.get(code) ?? (cause.message || code);
}
