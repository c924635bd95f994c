import type { IncomingMessage, Server, ServerResponse } from "node:http";

import { listen } from "../../program/listen.ts";
import { createLimitedServer } from "./limits.ts";

export interface AppServer {
  readonly port: number;
  /** The address under which this machine reaches it. */
  readonly origin: string;
  /** Until then it answers 503: the port is known before the app is loaded, because apps ask for it. */
  open(handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>): void;
  /** Lets running requests end until the limit, and cuts the rest. */
  close(limitMs: number): Promise<void>;
}

/** @throws {UsageError} if the port is taken */
export async function startAppServer(host: string, wantedPort: number): Promise<AppServer> {
  let handle: Parameters<AppServer["open"]>[0] | undefined;
  const server = createLimitedServer((request, response) => {
    if (handle) void handle(request, response);
    else response.writeHead(503, { "retry-after": "1" }).end();
  });
  const port = await listen(server, { host, port: wantedPort, option: "--port" });
  return {
    port,
    origin: `http://${reachableHost(host)}:${port}`,
    open(opened) {
      handle = opened;
    },
    close: (limitMs) => closeServer(server, limitMs),
  };
}

function reachableHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function closeServer(server: Server, limitMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), limitMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}
