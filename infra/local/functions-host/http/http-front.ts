import type { IncomingMessage, ServerResponse } from "node:http";

import type { Clock } from "../../program/clock/clock.ts";
import type { FunctionApp } from "../app/function-app.ts";
import type { Log } from "../log.ts";
import type { AdminApi } from "./admin-api.ts";
import { type Answer, jsonAnswer, writeAnswer } from "./answer.ts";
import type { Cors } from "./cors.ts";
import { fromHttpData, toHttpData } from "./function-request.ts";
import type { Gate } from "./gate.ts";
import { holdBriefly } from "./hold-briefly.ts";
import { findHttpFunction, type FoundFunction, type HttpFunction } from "./http-functions.ts";
import { isOwnWorker } from "./own-worker.ts";
import { BodyRefused, readBody } from "./read-body.ts";
import { streamRequest } from "./stream-request.ts";
import { readVisit, type Visit } from "./visit.ts";
import type { Webhook } from "./webhook.ts";
import { stackOf } from "../../program/reason-of.ts";

export interface HttpFrontOptions {
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly functions: readonly HttpFunction[];
  /** What the extensions serve under `/runtime/webhooks/<name>`. */
  readonly webhooks: readonly Webhook[];
  /** The one that the app's own worker reaches without a key, under `/durabletask/`. */
  readonly ownWebhook: Webhook;
  readonly admin: AdminApi;
  readonly gate: Gate;
  /** undefined: no page of another origin may read what is answered. */
  readonly cors: Cors | undefined;
  readonly log: Log;
  /** In bytes. */
  readonly bodyLimit: number;
  /** The host and port under which the app's own worker calls. */
  readonly ownHost: string;
}

/** Of each call, for the log (FunctionStartedMessageExtensions.cs). */
const REASON = "This function was programmatically called via the host APIs.";

const UNAUTHORIZED: Answer = { status: 401 };
const NOT_FOUND: Answer = { status: 404 };
const STOPPING: Answer = { status: 503, headers: { connection: "close" } };

/** Takes every HTTP request: the app's functions, the extensions' webhooks, the host's own routes. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #webhooks: ReadonlyMap<string, Webhook>;
  #isStopping = false;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#webhooks = new Map(options.webhooks.map((hook) => [hook.name.toLowerCase(), hook]));
  }

  /** The app's own calls to the durable extension still go through: what runs may need them. */
  refuseNewCalls(): void {
    this.#isStopping = true;
  }

  async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const visit = readVisit(incoming, response);
      const answer = "status" in visit ? visit : await this.#answer(visit);
      if (answer && !response.headersSent) writeAnswer(response, answer);
    } catch (error) {
      this.#fail(response, error);
    }
  }

  /** Who asked may have gone away in the middle of the request: nobody waits for an answer then. */
  #fail(response: ServerResponse, error: unknown): void {
    if (response.destroyed || response.req.errored) return;
    if (error instanceof BodyRefused && !response.headersSent) {
      writeAnswer(response, { status: error.status, headers: { connection: "close" } });
      return;
    }
    const reason = stackOf(error);
    this.#options.log.write("error", "Host.Http", reason);
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }

  /** @returns undefined if the answer is on its way already */
  async #answer(visit: Visit): Promise<Answer | undefined> {
    return this.#options.cors?.admit(visit) ?? this.#route(visit);
  }

  async #route(visit: Visit): Promise<Answer | undefined> {
    const [first, second, third = ""] = visit.path.slice(0, 3).map((part) => part.toLowerCase());
    if (first === "durabletask") return this.#answerOwnWorker(visit);
    if (this.#isStopping) return STOPPING;
    if (first === "runtime" && second === "webhooks") return this.#answerWebhook(visit, third);
    if (first === "admin") return this.#options.admin.handle(visit);
    const { functions } = this.#options;
    const found = findHttpFunction(functions, visit.method, visit.functionPath);
    if (found) return this.#callFunction(visit, found);
    return visit.path.length === 0 ? jsonAnswer(200, { state: "Running" }) : NOT_FOUND;
  }

  #answerOwnWorker(visit: Visit): Promise<Answer> | Answer {
    if (!isOwnWorker(visit.incoming, this.#options.ownHost)) return UNAUTHORIZED;
    return this.#handOver(visit, this.#options.ownWebhook, 1);
  }

  #answerWebhook(visit: Visit, name: string): Promise<Answer> | Answer {
    if (!this.#options.gate.admitsToWebhooks(visit)) return UNAUTHORIZED;
    const webhook = this.#webhooks.get(name);
    return webhook ? this.#handOver(visit, webhook, 3) : NOT_FOUND;
  }

  /** @param depth how much of the path is the webhook's own */
  async #handOver(
    { incoming, method, url, path }: Visit,
    webhook: Webhook,
    depth: number,
  ): Promise<Answer> {
    const body = await readBody(incoming, this.#options.bodyLimit);
    const { headers } = incoming;
    const segments = path.slice(depth);
    return webhook.handle({ method, segments, query: url.searchParams, headers, body });
  }

  async #callFunction(visit: Visit, found: FoundFunction): Promise<Answer | undefined> {
    const { app, gate, bodyLimit } = this.#options;
    const { httpUri } = app;
    if (!gate.admitsToFunction(visit, found.http.authLevel)) return UNAUTHORIZED;
    if (httpUri) return this.#orFailure(found, () => this.#stream(visit, found, httpUri));
    const body = await readBody(visit.incoming, bodyLimit);
    return this.#orFailure(found, () => this.#invoke(visit, found, body));
  }

  /** What a function throws is for the log alone. */
  async #orFailure<Result>(
    { http }: FoundFunction,
    call: () => Promise<Result>,
  ): Promise<Result | Answer> {
    const release = holdBriefly(this.#options.clock);
    try {
      return await call();
    } catch (error) {
      if (error instanceof BodyRefused) throw error;
      const reason = stackOf(error);
      this.#options.log.write("error", `Function.${http.fn.name}`, `Failed: ${reason}`);
      return { status: 500 };
    } finally {
      release();
    }
  }

  async #invoke(visit: Visit, { http, parameters }: FoundFunction, body: Buffer): Promise<Answer> {
    const result = await this.#options.app.invoke(http.fn, {
      data: toHttpData({ visit, parameters, body }),
      trace: traceOf(visit),
      reason: REASON,
    });
    return fromHttpData(result.returnValue);
  }

  async #stream(
    visit: Visit,
    { http, parameters }: FoundFunction,
    appServer: URL,
  ): Promise<undefined> {
    const { app, bodyLimit } = this.#options;
    const trace = traceOf(visit);
    const request = { visit, parameters, appServer, bodyLimit };
    await streamRequest(request, async (id, triggerMetadata, data) => {
      let result: unknown;
      const onResult = (returned: unknown): void => {
        result = returned;
      };
      await app.invoke(http.fn, { id, data, triggerMetadata, trace, onResult, reason: REASON });
      return result !== undefined && result !== null;
    });
  }
}

function traceOf({ incoming }: Visit) {
  const { traceparent, tracestate } = incoming.headers;
  return {
    parent: typeof traceparent === "string" ? traceparent : undefined,
    state: typeof tracestate === "string" ? tracestate : undefined,
  };
}
