import type { IncomingMessage, ServerResponse } from "node:http";

import type { FunctionApp } from "../app/function-app.ts";
import { RPC_PATH, WEBHOOK_PATH } from "../durable/management/links.ts";
import type { ManagementApi } from "../durable/management/management-api.ts";
import type { Log } from "../log.ts";
import type { Outputs } from "../triggers/outputs.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { fromHttpData, toHttpData } from "./function-request.ts";
import { findHttpFunction, type FoundFunction, type HttpFunction } from "./http-functions.ts";
import { type HostKeys, isOneOf } from "./keys.ts";
import { isOwnWorker } from "./own-worker.ts";
import { BODY_LIMIT_BYTES, readBody } from "./read-body.ts";
import { streamRequest } from "./stream-request.ts";

export interface HttpFrontOptions {
  readonly app: FunctionApp;
  readonly functions: readonly HttpFunction[];
  readonly management: ManagementApi;
  readonly keys: HostKeys;
  readonly outputs: Outputs;
  readonly log: Log;
  /** The host and port under which the app's own worker calls. */
  readonly ownHost: string;
}

interface Visit {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  /** Decoded. */
  readonly path: readonly string[];
}

const BAD_REQUEST: Answer = { status: 400 };
const UNAUTHORIZED: Answer = { status: 401 };
const NOT_FOUND: Answer = { status: 404 };
const STOPPING: Answer = { status: 503, headers: { connection: "close" } };
const TOO_LARGE: Answer = { status: 413, headers: { connection: "close" } };

/** Takes every HTTP request: the app's functions, the Durable extension's webhooks, the host's own routes. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  #isStopping = false;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
  }

  /** The app's own calls to the durable extension still go through: what runs may need them. */
  refuseNewCalls(): void {
    this.#isStopping = true;
  }

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const visit = readVisit(incoming, response);
      const answer = visit ? await this.#answer(visit) : BAD_REQUEST;
      if (answer && !response.headersSent) write(response, answer);
    } catch (error) {
      // Who asked may have gone away in the middle of the request: nobody waits for an answer then.
      if (response.destroyed) return;
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.write("error", "Host.Http", reason);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  }

  /** @returns undefined if the answer is on its way already */
  async #answer(visit: Visit): Promise<Answer | undefined> {
    const pathname = visit.url.pathname.toLowerCase();
    if (pathname.startsWith(`${RPC_PATH}/`)) return this.#manageFromApp(visit);
    if (this.#isStopping) return STOPPING;
    if (pathname.startsWith(`${WEBHOOK_PATH}/`)) return this.#manageFromOutside(visit);
    if (visit.path[0]?.toLowerCase() === "admin") return this.#administer(visit);
    const found = findHttpFunction(this.#options.functions, visit.method, visit.path);
    if (found) return this.#callFunction(visit, found);
    return visit.path.length === 0 ? jsonAnswer(200, { state: "Running" }) : NOT_FOUND;
  }

  #manageFromOutside(visit: Visit): Promise<Answer> | Answer {
    const { master, system } = this.#options.keys;
    if (!isOneOf(keyOf(visit), [master, system])) return UNAUTHORIZED;
    return this.#manage(visit, WEBHOOK_PATH);
  }

  #manageFromApp(visit: Visit): Promise<Answer> | Answer {
    if (!isOwnWorker(visit.incoming, this.#options.ownHost)) return UNAUTHORIZED;
    return this.#manage(visit, RPC_PATH);
  }

  async #manage({ incoming, method, url, path }: Visit, base: string): Promise<Answer> {
    const body = await readBody(incoming, BODY_LIMIT_BYTES);
    if (!body) return TOO_LARGE;
    const depth = base.split("/").length - 1;
    return this.#options.management.handle({
      method,
      segments: path.slice(depth),
      query: url.searchParams,
      headers: incoming.headers,
      body,
    });
  }

  #administer(visit: Visit): Answer {
    const [, , what] = visit.path;
    if (what === "ping") return { status: 200 };
    if (!isOneOf(keyOf(visit), [this.#options.keys.master])) return UNAUTHORIZED;
    return what === "status" ? jsonAnswer(200, { state: "Running" }) : NOT_FOUND;
  }

  async #callFunction(visit: Visit, found: FoundFunction): Promise<Answer | undefined> {
    const { fn, authLevel } = found.http;
    const { keys, app } = this.#options;
    const allowed = authLevel === "admin" ? [keys.master] : [keys.master, keys.function];
    if (authLevel !== "anonymous" && !isOneOf(keyOf(visit), allowed)) return UNAUTHORIZED;
    try {
      if (app.httpUri) {
        await this.#stream(visit, found, app.httpUri);
        return undefined;
      }
      return await this.#invoke(visit, found);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.write("error", `Function.${fn.name}`, `Failed: ${reason}`);
      return { status: 500 };
    }
  }

  async #invoke(visit: Visit, { http, parameters }: FoundFunction): Promise<Answer> {
    const { incoming, method, url } = visit;
    const body = await readBody(incoming, BODY_LIMIT_BYTES);
    if (!body) return TOO_LARGE;
    const { app, outputs } = this.#options;
    const { headers } = incoming;
    const result = await app.invoke(http.fn, {
      data: toHttpData({ method, url, headers, parameters, body }),
    });
    await outputs.send(http.fn, result);
    return fromHttpData(result.returnValue);
  }

  async #stream(visit: Visit, { http, parameters }: FoundFunction, appServer: URL): Promise<void> {
    const { app, outputs } = this.#options;
    await streamRequest({ ...visit, parameters, appServer }, async (id, triggerMetadata, data) => {
      const result = await app.invoke(http.fn, { id, data, triggerMetadata });
      await outputs.send(http.fn, result);
    });
  }
}

function readVisit(incoming: IncomingMessage, response: ServerResponse): Visit | undefined {
  const origin = `http://${incoming.headers.host ?? "localhost"}`;
  // A path that begins with two slashes must not be taken for a host.
  const url = URL.parse(origin + (incoming.url ?? "/"));
  if (!url || url.username !== "") return undefined;
  try {
    const parts = url.pathname.split("/").filter((part) => part !== "");
    const path = parts.map((part) => decodeURIComponent(part));
    return { incoming, response, method: incoming.method ?? "GET", url, path };
  } catch {
    return undefined;
  }
}

function keyOf({ incoming, url }: Visit): string | undefined {
  const header = incoming.headers["x-functions-key"];
  return typeof header === "string" ? header : (url.searchParams.get("code") ?? undefined);
}

function write(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
