import { HttpCall } from "./replay/action.ts";
import type { HttpAnswer } from "./replay/http-call.ts";

/** The extension's default for `callHttp`. */
const TIMEOUT_MS = 100_000;
const BODY_LIMIT_BYTES = 100 * 1024 * 1024;

/** Sends the one request of `callHttp`. Its result is the JSON text that the library reads. */
export async function runHttpActivity(input: unknown): Promise<HttpAnswer> {
  const { method, uri, content, headers } = HttpCall.parse(input);
  const response = await fetch(uri, {
    method,
    headers: headers ?? {},
    body: content ?? null,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    content: await readText(response),
  };
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > BODY_LIMIT_BYTES) throw new Error(`The answer of ${response.url} is over 100 MB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
