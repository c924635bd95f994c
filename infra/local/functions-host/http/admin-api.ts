import { z } from "zod";

import type { AppFunction } from "../app/function-lookup.ts";
import type { Log } from "../log.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Gate } from "./gate.ts";
import type { HttpFunction } from "./http-functions.ts";
import { readBody } from "./read-body.ts";
import type { Visit } from "./visit.ts";
import { stackOf } from "../../program/reason-of.ts";

/** Runs a function once, with what its trigger makes of a text. */
export type RunByHand = (input: string) => Promise<void>;

export interface AdminApiOptions {
  readonly hostId: string;
  readonly hostVersion: string;
  readonly functions: readonly AppFunction[];
  readonly httpFunctions: readonly HttpFunction[];
  /** By the function's id: those that can be run without their trigger. */
  readonly runs: ReadonlyMap<string, RunByHand>;
  readonly gate: Gate;
  readonly log: Log;
}

const Invocation = z.object({ input: z.string().nullish() });

const BODY_LIMIT_BYTES = 1024 * 1024;

const UNAUTHORIZED: Answer = { status: 401 };
const NOT_FOUND: Answer = { status: 404 };

/** The host's own routes, under `/admin` (HostController.cs, FunctionsController.cs, AdminController.cs). */
export class AdminApi {
  readonly #options: AdminApiOptions;

  constructor(options: AdminApiOptions) {
    this.#options = options;
  }

  async handle(visit: Visit): Promise<Answer> {
    const [area, ...rest] = visit.path.slice(1).map((part) => part.toLowerCase());
    const what = rest.join("/");
    // Anybody may ask whether the host lives.
    if (area === "host" && what === "ping") return { status: 200 };
    if (!this.#options.gate.admitsToAdmin(visit)) return UNAUTHORIZED;
    if (area === "host") return what === "status" ? this.#status() : NOT_FOUND;
    return area === "functions" ? this.#answerFunctions(visit, rest) : NOT_FOUND;
  }

  #status(): Answer {
    const { hostId, hostVersion } = this.#options;
    return jsonAnswer(200, {
      id: hostId,
      state: "Running",
      version: hostVersion,
      versionDetails: hostVersion,
      processUptime: Math.round(process.uptime() * 1000),
    });
  }

  #list(visit: Visit): Answer {
    if (!isGet(visit)) return NOT_FOUND;
    const { functions } = this.#options;
    return jsonAnswer(
      200,
      functions.map((fn) => this.#describe(fn, visit.url.origin)),
    );
  }

  #answerFunctions(visit: Visit, rest: readonly string[]): Promise<Answer> | Answer {
    const [name, what, ...more] = rest;
    if (more.length > 0) return NOT_FOUND;
    return name === undefined ? this.#list(visit) : this.#answerFunction(visit, name, what);
  }

  #answerFunction(visit: Visit, name: string, what: string | undefined): Promise<Answer> | Answer {
    const fn = this.#options.functions.find((found) => found.name.toLowerCase() === name);
    if (!fn) return NOT_FOUND;
    if (what === "status") return isGet(visit) ? jsonAnswer(200, {}) : NOT_FOUND;
    if (what !== undefined) return NOT_FOUND;
    if (visit.method === "POST") return this.#run(visit, fn);
    return isGet(visit) ? jsonAnswer(200, this.#describe(fn, visit.url.origin)) : NOT_FOUND;
  }

  /** Answers before the function has run: what becomes of it is in the log. */
  async #run({ incoming }: Visit, fn: AppFunction): Promise<Answer> {
    const body = await readBody(incoming, BODY_LIMIT_BYTES);
    const invocation = parseInvocation(body);
    if (!invocation) return jsonAnswer(400, { message: 'The body must be {"input": "..."}.' });
    const run = this.#options.runs.get(fn.id);
    if (!run) {
      const message = `Function '${fn.name}' (${fn.trigger.type}) cannot be run by hand.`;
      return jsonAnswer(400, { message });
    }
    void run(invocation.input ?? "").catch((error: unknown) => {
      const reason = stackOf(error);
      this.#options.log.write("error", `Function.${fn.name}`, `Failed: ${reason}`);
    });
    return { status: 202 };
  }

  #describe(fn: AppFunction, origin: string) {
    const http = this.#options.httpFunctions.find((found) => found.fn.id === fn.id);
    const bindings = Object.entries(fn.metadata.bindings);
    return {
      name: fn.name,
      href: `${origin}/admin/functions/${fn.name}`,
      config: { bindings: bindings.map(([name, binding]) => ({ name, ...binding })) },
      invoke_url_template: http ? `${origin}${http.path}` : null,
      language: "node",
      isDisabled: false,
    };
  }
}

function isGet({ method }: Visit): boolean {
  return method === "GET";
}

function parseInvocation(body: Buffer): z.infer<typeof Invocation> | undefined {
  try {
    return Invocation.parse(JSON.parse(body.toString("utf8")));
  } catch {
    return undefined;
  }
}
