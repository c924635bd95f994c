import { readFileSync } from "node:fs";
import type http from "node:http";
import https from "node:https";

import { z } from "zod";

import type { Certificates } from "../../../certificates/certificates.ts";
import { listen } from "../../../program/listen.ts";
import { ApiError, badRequest, internalError } from "../api-error.ts";
import { VERSION } from "../discovery/version.ts";
import type { Authenticate } from "./authenticate.ts";
import type { Call, Reply } from "./call.ts";
import type { Outage } from "./outage.ts";
import { route, type Services } from "./route.ts";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
}

/** Lets a test act at an exact instant of a request. */
export interface Intercept {
  /** Before anything is done; a status makes the request fail with it. */
  readonly before?: (request: SeenRequest) => Promise<void | { readonly status: number }>;
  /** When the change is stored, and nothing of the answer is sent. */
  readonly after?: (request: SeenRequest, status: number) => Promise<void>;
}

export interface ApiServerOptions extends Services {
  readonly host: string;
  readonly port: number;
  readonly certificates: Certificates;
  readonly authenticate: Authenticate;
  readonly outage: Outage;
  readonly intercept?: Intercept | undefined;
  readonly log: (message: string) => void;
}

export interface ApiServer {
  readonly port: number;
  stop(): Promise<void>;
}

const OPEN_PATHS = new Set(["/healthz", "/readyz", "/livez"]);

/** Serves the API over HTTPS. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { certificates, host, port } = options;
  const stopping = new AbortController();
  const server = https.createServer(
    { cert: readFileSync(certificates.certFile), key: readFileSync(certificates.keyFile) },
    (request, response) => {
      void serve(options, request, response, stopping.signal).catch(() => response.destroy());
    },
  );
  // Longer than clients keep an idle connection: they shall not write into one that is closing.
  server.keepAliveTimeout = 120_000;
  const taken = await listen(server, { host, port, option: "--port" });
  return {
    port: taken,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // Watches end their answers; what has not ended by then is cut off.
      stopping.abort();
      setImmediate(() => server.closeAllConnections());
      await closed;
    },
  };
}

async function serve(
  options: ApiServerOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  stopped: AbortSignal,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const call: Call = {
    request,
    response,
    method: request.method ?? "GET",
    url: new URL(request.url ?? "/", "https://cluster"),
    signal: AbortSignal.any([gone.signal, stopped]),
  };
  const seen = { method: call.method, path: request.url ?? "/" };
  let reply: Reply;
  try {
    reply = await answer(options, seen, call);
    if ("stream" in reply) {
      await reply.stream();
      return;
    }
  } catch (error) {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    reply = failureReply(error, options.log);
  }
  await options.intercept?.after?.(seen, reply.status);
  send(call, reply);
}

async function answer(
  { authenticate, intercept, outage, ...services }: ApiServerOptions,
  seen: SeenRequest,
  call: Call,
): Promise<Reply> {
  const { pathname } = call.url;
  if (OPEN_PATHS.has(pathname)) return { status: 200, body: "ok" };
  if (pathname === "/version") return { status: 200, body: VERSION };
  const identity = await authenticate(call.request.headers.authorization);
  if (!identity.isAdmin) outage.check();
  const refused = await intercept?.before?.(seen);
  if (refused) {
    throw new ApiError(refused.status, "InternalError", "refused by the interceptor of a test");
  }
  if (pathname === "/stand-in/outage" && call.method === "PUT") {
    if (!identity.isAdmin)
      throw new ApiError(403, "Forbidden", "only the administrator may do this");
    return outage.answer(call);
  }
  return route(services, identity, call);
}

function failureReply(
  error: unknown,
  log: (message: string) => void,
): { status: number; body: object } {
  const known = toApiError(error);
  if (known.code === 500 && !(error instanceof ApiError)) {
    log(
      `a request failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  return { status: known.code, body: known.toStatus() };
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof z.ZodError) {
    return badRequest(`the object has not the form of one: ${z.prettifyError(error)}`);
  }
  return internalError(error instanceof Error ? error.message : String(error));
}

function send({ request, response }: Call, reply: Exclude<Reply, { stream: unknown }>): void {
  const { body } = reply;
  const isText = typeof body === "string";
  const content = isText || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = isText ? "text/plain; charset=utf-8" : "application/json";
  const warnings = (reply.warnings ?? []).map((each) => `299 - ${JSON.stringify(each)}`);
  if (warnings.length > 0) response.setHeader("warning", warnings);
  // What is left of a body that was refused must not be read as the next request.
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(reply.status, {
    "content-type": reply.contentType ?? type,
    "content-length": Buffer.byteLength(content),
  });
  response.end(content);
}
