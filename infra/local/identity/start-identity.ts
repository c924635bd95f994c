import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";

import { listen } from "../program/listen.ts";
import { keepIssuerKey, keepPrincipal } from "./identity-data.ts";
import { createIssuer, type Principal } from "./issuer.ts";
import { type Answer, answerTokenRequest, type TokenEndpoint } from "./token-request.ts";

export interface IdentityOptions {
  readonly host?: string | undefined;
  /** 0 lets the system choose. */
  readonly port?: number | undefined;
  /** Keeps who the identity is, and the key; without it both are new at each start. */
  readonly dataDirectory?: string | undefined;
  /** PEM of the key that signs, made if missing. Default: `issuer-key.pem` in the data directory. */
  readonly issuerKeyFile?: string | undefined;
  /** Default: a day, as for real managed identities. */
  readonly lifetimeSeconds?: number | undefined;
  /** Gets one line for each token and each refusal, never a token. */
  readonly log?: ((message: string) => void) | undefined;
}

export interface Identity extends Principal {
  readonly url: string;
  /** The value of `IDENTITY_ENDPOINT`. */
  readonly endpoint: string;
  /** The value of `IDENTITY_HEADER`: a secret, another one at each start. */
  readonly header: string;
  /** Where the keys are that verify the tokens. */
  readonly jwksUrl: string;
  stop(): Promise<void>;
}

export const TOKEN_PATH = "/msi/token";
export const KEYS_PATH = "/.well-known/jwks.json";
const DAY_S = 24 * 60 * 60;

/**
 * Starts the managed-identity endpoint that App Service and Functions give an app, and the keys that
 * verify what it issues.
 *
 * @throws {UsageError} if the port is taken or the kept data cannot be read
 */
export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const { dataDirectory, host = "127.0.0.1", lifetimeSeconds = DAY_S, log = ignore } = options;
  const keyFile = options.issuerKeyFile ?? inDirectory(dataDirectory, "issuer-key.pem");
  const [principal, key] = await Promise.all([
    keepPrincipal(dataDirectory),
    keepIssuerKey(keyFile),
  ]);
  const endpoint: TokenEndpoint = {
    issuer: await createIssuer(key, lifetimeSeconds),
    principal,
    header: randomBytes(32).toString("hex"),
  };
  const server = createServer((request, response) => {
    void serve(request, response, endpoint, log).catch((error: unknown) => {
      log(`a request failed: ${String(error)}`);
      response.destroy();
    });
  });
  const port = await listen(server, { host, port: options.port ?? 0, option: "--port" });
  const url = `http://${host}:${port}`;
  return {
    ...principal,
    url,
    endpoint: `${url}${TOKEN_PATH}`,
    header: endpoint.header,
    jwksUrl: `${url}${KEYS_PATH}`,
    stop: () => close(server),
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  endpoint: TokenEndpoint,
  log: (message: string) => void,
): Promise<void> {
  // No request of this protocol has a body; what comes all the same is thrown away.
  request.resume();
  const { body, status } = await answer(request, endpoint, log);
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

async function answer(
  request: IncomingMessage,
  endpoint: TokenEndpoint,
  log: (message: string) => void,
): Promise<Answer> {
  if (request.method !== "GET") return { status: 405, body: { message: "Use GET." } };
  const [route = "", search = ""] = (request.url ?? "").split("?", 2);
  if (route === KEYS_PATH) return { status: 200, body: endpoint.issuer.keySet };
  // App Service's own value of IDENTITY_ENDPOINT ends with a slash on some platforms.
  if (route.replace(/\/$/, "") !== TOKEN_PATH)
    return { status: 404, body: { message: "Not found." } };

  const query = new URLSearchParams(search);
  const answered = await answerTokenRequest(request, query, endpoint);
  log(`${answered.status} token for ${JSON.stringify(query.get("resource"))}`);
  return answered;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function inDirectory(directory: string | undefined, name: string): string | undefined {
  return directory === undefined ? undefined : path.join(directory, name);
}

function ignore(): void {
  // Nobody asked for a log.
}
