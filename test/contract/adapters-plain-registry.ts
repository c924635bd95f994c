import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import { pipeline } from "node:stream/promises";

import type { CertificateFiles } from "../../infra/local/registry/server.ts";

export interface PlainRegistry {
  readonly loginServer: string;
  stop(): Promise<void>;
}

/**
 * What stands before a registry and leaves of it what an older one has: no routes of ACR, no list of
 * referrers.
 */
export async function startPlainRegistry(
  target: string,
  ca: string,
  { certFile, keyFile }: CertificateFiles,
): Promise<PlainRegistry> {
  const agent = new https.Agent({ ca });

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method, url = "/" } = request;
    if (url.startsWith("/acr/") || url.includes("/referrers/")) {
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return;
    }
    const onward = https.request(new URL(url, target), { agent, headers, method });
    const [, [answer]] = await Promise.all([
      pipeline(request, onward),
      once(onward, "response") as Promise<[IncomingMessage]>,
    ]);
    const { "oci-subject": _, ...kept } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, kept);
    await pipeline(answer, response);
  }

  const server = https.createServer(
    { cert: readFileSync(certFile), key: readFileSync(keyFile) },
    (request, response) => {
      pass(request, response).catch(() => response.destroy());
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    loginServer: `localhost:${address.port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
