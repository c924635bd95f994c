/** A request on its way from one server to the next. */
export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string | null;
}

/** `HttpClientHandler.MaxAutomaticRedirections`. */
const MOST_REDIRECTS = 50;
const REDIRECTS: ReadonlySet<number> = new Set([300, 301, 302, 303, 307, 308]);
/** For the server they were meant for, and for no other that it points to. */
const CREDENTIALS = ["authorization", "cookie", "x-functions-key"];

/** Sends a request and follows redirects as .NET's `RedirectHandler`: none from HTTPS to HTTP. */
export async function followRedirects(first: Hop, signal: AbortSignal): Promise<Response> {
  let hop = first;
  for (let redirects = 0; ; redirects += 1) {
    const { method, url, headers, body } = hop;
    const response = await fetch(url, { method, headers, body, redirect: "manual", signal });
    const target = redirects < MOST_REDIRECTS ? targetOf(response, url) : undefined;
    if (!target) return response;
    await response.body?.cancel();
    hop = nextHop(hop, target, response.status);
  }
}

/** @returns undefined if the response is the answer */
function targetOf(response: Response, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (location === null || !REDIRECTS.has(response.status)) return undefined;
  const target = URL.parse(location, from.href);
  if (!target || !/^https?:$/.test(target.protocol)) return undefined;
  return from.protocol === "https:" && target.protocol === "http:" ? undefined : target;
}

function nextHop({ method, url, headers, body }: Hop, target: URL, status: number): Hop {
  const kept = new Headers(headers);
  if (target.origin !== url.origin) for (const name of CREDENTIALS) kept.delete(name);
  if (!becomesGet(method, status)) return { method, url: target, headers: kept, body };
  kept.delete("content-type");
  return { method: "GET", url: target, headers: kept, body: null };
}

function becomesGet(method: string, status: number): boolean {
  if (status === 303) return method !== "HEAD";
  return status < 303 && method === "POST";
}
