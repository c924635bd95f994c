import { randomUUID } from "node:crypto";
import { type IncomingMessage, request as sendRequest, type ServerResponse } from "node:http";

import type { TypedData } from "../app/rpc.ts";
import { queryOf } from "./function-request.ts";

export interface StreamedRequest {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly parameters: Readonly<Record<string, string>>;
  /** The server that `@azure/functions` started in the app (src/http/httpProxy.ts). */
  readonly appServer: URL;
}

/**
 * Hands a request to the app's own server, with `app.setup({ enableHttpStream: true })`: bodies flow
 * between client and function, and the invocation carries only what belongs to the route.
 */
export async function streamRequest(
  streamed: StreamedRequest,
  invoke: (
    id: string,
    triggerMetadata: Record<string, TypedData>,
    data: TypedData,
  ) => Promise<unknown>,
): Promise<void> {
  const id = randomUUID();
  const { incoming, response, url } = streamed;
  const forwarded = forward(id, streamed);
  try {
    const method = incoming.method ?? "GET";
    await invoke(id, metadataOf(streamed), { http: { method, url: url.href } });
  } catch (error) {
    forwarded.destroy();
    if (response.headersSent) response.destroy();
    throw error;
  }
}

function forward(id: string, { incoming, response, url, appServer }: StreamedRequest) {
  const forwarded = sendRequest({
    // The library listens on every address and names itself localhost, which may be the other one.
    host: "127.0.0.1",
    port: appServer.port,
    method: incoming.method,
    path: `${url.pathname}${url.search}`,
    headers: {
      ...incoming.headers,
      "x-ms-invocation-id": id,
      "x-forwarded-host": url.host,
      "x-forwarded-proto": "http",
    },
  });
  forwarded.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  forwarded.on("error", () => {
    if (response.headersSent) response.destroy();
  });
  response.on("close", () => forwarded.destroy());
  incoming.pipe(forwarded);
  return forwarded;
}

/** Every text entry becomes a parameter of the request, the query's included: so it is in Azure. */
function metadataOf({ incoming, url, parameters }: StreamedRequest): Record<string, TypedData> {
  const query = queryOf(url);
  const texts = Object.entries({ ...query, ...parameters });
  return {
    ...Object.fromEntries(texts.map(([name, value]) => [name, { string: value }])),
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(incoming.headers) },
  };
}
