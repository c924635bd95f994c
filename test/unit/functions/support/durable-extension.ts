import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

import { InvocationContext } from "@azure/functions";
import { type DurableClient, getClient, input } from "durable-functions";

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export interface DurableExtension {
  /** The SDK's own client, as a function gets it from the host. */
  readonly client: DurableClient;
  /** `POST /orchestrators/run/support-1 {"run":"support-1"}` */
  readonly asked: string[];
  /** Answers by method and the beginning of the path; 404 where there is none. */
  readonly replies: Map<string, Reply>;
  stop(): Promise<void>;
}

const KEY = "code=SECRET";

/** The Durable extension's HTTP side, as far as an answer is laid out. */
export async function startDurableExtension(): Promise<DurableExtension> {
  const asked: string[] = [];
  const replies = new Map<string, Reply>();
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const body = await text(request);
      const path = (request.url ?? "").replace(/\?.*$/, "").replace("/runtime", "");
      const line = `${request.method} ${path}`;
      asked.push(body === "" ? line : `${line} ${body}`);
      const found = [...replies].find(([start]) => line.startsWith(start));
      reply(response, found?.[1] ?? { status: 404 });
    };
    void answer();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("There is no port");
  return {
    client: clientOf(`http://127.0.0.1:${address.port}/runtime/`),
    asked,
    replies,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function reply(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function clientOf(rpcBaseUrl: string): DurableClient {
  const binding = input.durableClient();
  const context = new InvocationContext({ options: { extraInputs: [binding] } });
  const url = `${rpcBaseUrl}instances/INSTANCEID?${KEY}`;
  context.extraInputs.set(binding, {
    taskHubName: "hub",
    creationUrls: { createNewInstancePostUri: url },
    managementUrls: { id: "INSTANCEID", sendEventPostUri: url, statusQueryGetUri: url },
    baseUrl: rpcBaseUrl,
    requiredQueryStringParameters: KEY,
    rpcBaseUrl,
  });
  return getClient(context);
}
