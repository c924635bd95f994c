import { randomUUID } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request as sendRequest } from "node:http";
import { pipeline } from "node:stream/promises";

import type { TypedData } from "../app/rpc.ts";
import { writeAnswer } from "./answer.ts";
import { headersOf, queryOf } from "./function-request.ts";
import { withoutHopByHop } from "./hop-by-hop.ts";
import { BodyRefused, readChunks, refuseTooLarge } from "./read-body.ts";
import type { Visit } from "./visit.ts";

export interface StreamedRequest {
  readonly visit: Visit;
  readonly parameters: Readonly<Record<string, string>>;
  /** The server that `@azure/functions` started in the app (src/http/httpProxy.ts). */
  readonly appServer: URL;
  readonly bodyLimit: number;
}

/** Runs the function. @returns whether it has an answer: the app's server sends none for one that returned nothing */
type Invoke = (
  id: string,
  triggerMetadata: Record<string, TypedData>,
  data: TypedData,
) => Promise<boolean>;

/**
 * Hands a request to the app's own server, with `app.setup({ enableHttpStream: true })`: bodies flow
 * between client and function, and the invocation carries only what belongs to the route.
 *
 * @throws {BodyRefused} if the client sends too much or too slowly; what was begun is broken off
 */
export async function streamRequest(streamed: StreamedRequest, invoke: Invoke): Promise<void> {
  const id = randomUUID();
  const { method, response, url } = streamed.visit;
  refuseTooLarge(streamed.visit.incoming, streamed.bodyLimit);
  const forwarded = forward(id, streamed);
  // The library would wait for ever for a request that never came.
  if (!(await isSent(forwarded))) {
    if (response.destroyed) return;
    throw new Error("The app's own HTTP server was not reached.");
  }
  const refused = upload(streamed, forwarded);
  try {
    const invoked = invoke(id, metadataOf(streamed), { http: { method, url: url.href } });
    const hasAnswer = await Promise.race([invoked, refused]);
    if (hasAnswer) return;
    forwarded.destroy();
    writeAnswer(response, { status: 204 });
  } catch (error) {
    forwarded.destroy();
    if (response.headersSent) response.destroy();
    throw error;
  }
}

function forward(id: string, { visit, appServer }: StreamedRequest): ClientRequest {
  const { incoming, response, url } = visit;
  const forwarded = sendRequest({
    // The library listens on every address and names itself localhost, which may be the other one.
    host: "127.0.0.1",
    port: appServer.port,
    // A connection that is used again may be closed by the other side at the same moment.
    agent: false,
    method: visit.method,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...withoutHopByHop(incoming.headersDistinct, "expect", "host"),
      // In place of what the client may have sent under these names: the library trusts them.
      host: url.host,
      "x-ms-invocation-id": id,
      "x-forwarded-host": url.host,
      "x-forwarded-proto": "http",
    },
  });
  forwarded.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 500, withoutHopByHop(answer.headers));
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  // Whatever breaks this off, the invocation or the answer's own stream says more about it.
  forwarded.on("error", () => undefined);
  response.on("close", () => forwarded.destroy());
  forwarded.flushHeaders();
  return forwarded;
}

async function isSent(forwarded: ClientRequest): Promise<boolean> {
  return new Promise((resolve) => {
    forwarded.once("socket", (socket) => socket.once("connect", () => resolve(true)));
    forwarded.once("close", () => resolve(false));
  });
}

/** Settles only if the client must be refused: an end of the upload, good or bad, is for the function to see. */
async function upload(
  { visit, bodyLimit }: StreamedRequest,
  forwarded: ClientRequest,
): Promise<never> {
  const never = Promise.withResolvers<never>();
  try {
    if (hasBody(visit.incoming)) {
      await pipeline(readChunks(visit.incoming, bodyLimit), forwarded);
    } else {
      forwarded.end();
    }
  } catch (error) {
    if (error instanceof BodyRefused) throw error;
    forwarded.destroy();
  }
  return never.promise;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Every text entry becomes a parameter of the request, the query's included: so it is in Azure. */
function metadataOf({ visit, parameters }: StreamedRequest): Record<string, TypedData> {
  const query = queryOf(visit.url);
  const texts = Object.entries({ ...query, ...parameters });
  return {
    ...Object.fromEntries(texts.map(([name, value]) => [name, { string: value }])),
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(headersOf(visit.incoming)) },
  };
}
