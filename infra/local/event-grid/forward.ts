import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import { pipeline } from "node:stream/promises";

export interface Upstream {
  readonly url: URL;
  readonly agent: https.Agent;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Called when the upstream has answered, before the client learns of it. */
  readonly beforeAnswer?: ((answer: IncomingMessage) => Promise<void>) | undefined;
}

/**
 * Headers that are about one connection. Everything else goes through as it came, Host included: a
 * changed header would break a signature, and Azurite compares Host with the source of a copy.
 */
const CONNECTION_HEADERS = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "upgrade",
]);
/** This server has answered it itself, with 100. */
const REQUEST_ONLY = new Set([...CONNECTION_HEADERS, "expect"]);
/** The answer is framed anew for this client. */
const RESPONSE_ONLY = new Set([...CONNECTION_HEADERS, "transfer-encoding"]);

/**
 * Sends a request on and its answer back, both as they come, holding no more of them than a buffer.
 *
 * @throws if the upstream does not answer, or if `beforeAnswer` throws
 */
export async function forward(upstream: Upstream, exchange: Exchange): Promise<void> {
  const { beforeAnswer, request, response } = exchange;
  const outgoing = https.request({
    host: upstream.url.hostname,
    port: upstream.url.port,
    agent: upstream.agent,
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: withoutHeaders(request.rawHeaders, REQUEST_ONLY),
  });
  endWithClient(exchange, outgoing);
  try {
    const answer = await send(request, outgoing);
    await beforeAnswer?.(answer);
    response.writeHead(
      answer.statusCode ?? 502,
      answer.statusMessage,
      withoutHeaders(answer.rawHeaders, RESPONSE_ONLY),
    );
    await pipeline(answer, response);
  } catch (error) {
    outgoing.destroy();
    throw error;
  }
}

async function send(request: IncomingMessage, outgoing: ClientRequest): Promise<IncomingMessage> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    // Stays: once there is an answer, an upstream that refuses the rest of a body is no failure.
    outgoing.on("error", reject);
    request.once("error", (error) => outgoing.destroy(error));
    request.pipe(outgoing);
  });
  if (!request.complete) {
    // Answered early, with an error: the rest of the body is read and thrown away.
    request.unpipe(outgoing);
    request.resume();
  }
  return answer;
}

/**
 * A client that hangs up ends the request, unless all of it was sent: then the blob may be stored, and
 * the answer that says so is still wanted for the event.
 */
function endWithClient(
  { beforeAnswer, request, response }: Exchange,
  outgoing: ClientRequest,
): void {
  response.once("close", () => {
    const isWanted = beforeAnswer !== undefined && request.complete;
    if (!response.writableFinished && !isWanted) outgoing.destroy();
  });
}

function withoutHeaders(raw: readonly string[], left: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = "", value = ""] = raw.slice(at, at + 2);
    if (!left.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
