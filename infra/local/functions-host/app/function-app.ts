import { randomUUID } from "node:crypto";

import type { Log } from "../log.ts";
import type { AppRegistrations } from "./core-api.ts";
import { logExecution } from "./execution-log.ts";
import { type AppFunction, FunctionLookup } from "./function-lookup.ts";
import type { InvocationBindings } from "./invocation-bindings.ts";
import type { Invocation } from "./invocation.ts";
import { invokeFunction } from "./invoke-function.ts";
import type { InvocationResponse } from "./rpc.ts";
import { withTimeLimit } from "./time-limit.ts";
import { stackOf } from "../../program/reason-of.ts";

export interface FunctionAppOptions {
  readonly registrations: AppRegistrations;
  readonly functions: readonly AppFunction[];
  /** Their names, for people. */
  readonly disabled?: readonly string[];
  readonly httpUri: URL | undefined;
  readonly log: Log;
  /** JSON: the value of every input that is no trigger and that no binding reads. */
  readonly durableClient: string;
  /** Shared by all hooks of this app, as the library's documentation promises. */
  readonly appHookData?: object;
  /** How long an invocation may take; undefined is for ever. */
  readonly functionTimeoutMs?: number | undefined;
}

const NO_BINDINGS: InvocationBindings = { bind: () => undefined };

/** A loaded app: its functions, and a way to call them. */
export class FunctionApp {
  readonly functions: FunctionLookup;
  readonly disabled: readonly string[];
  /** Where the app's own server takes HTTP requests, if it asked for HTTP streaming. */
  readonly httpUri: URL | undefined;
  readonly #options: FunctionAppOptions;
  readonly #appHookData: object;
  /** What the hooks of the app's start and end share. */
  readonly #appLevelHookData = {};
  readonly #running = new Set<Promise<unknown>>();
  #bindings = NO_BINDINGS;

  constructor(options: FunctionAppOptions) {
    this.#options = options;
    this.#appHookData = options.appHookData ?? {};
    this.functions = new FunctionLookup(options.functions);
    this.disabled = options.disabled ?? [];
    this.httpUri = options.httpUri;
  }

  /** From now on, invocations read and write what these say. */
  useBindings(bindings: InvocationBindings): void {
    this.#bindings = bindings;
  }

  /**
   * @throws what the function, a hook or a binding throws
   * @throws {FunctionTimeout}
   */
  async invoke(fn: AppFunction, invocation: Invocation): Promise<InvocationResponse> {
    const { registrations, log, durableClient } = this.#options;
    const { model, hooks } = registrations;
    if (!model) throw new Error("The app has not loaded @azure/functions.");
    const named = { ...invocation, id: invocation.id ?? randomUUID() };
    const execution = logExecution(log, fn, named);
    const running = withTimeLimit(
      this.#options.functionTimeoutMs,
      fn.name,
      invokeFunction(fn, named, {
        model,
        hooks,
        appHookData: this.#appHookData,
        log,
        durableClient,
        bindings: this.#bindings,
      }),
    );
    this.#running.add(running);
    let hasFailed = true;
    try {
      const response = await running;
      hasFailed = false;
      return response;
    } finally {
      this.#running.delete(running);
      execution.end(hasFailed);
    }
  }

  /** @throws what a hook throws, at the start: without what it prepares, the app cannot run */
  async runAppHooks(name: "appStart" | "appTerminate"): Promise<void> {
    const context = { hookData: this.#appLevelHookData, appHookData: this.#appHookData };
    for (const hook of this.#options.registrations.hooks[name]) {
      try {
        await hook(context);
      } catch (error) {
        if (name === "appStart") throw error;
        const reason = stackOf(error);
        this.#options.log.write("error", "Worker", `An appTerminate hook failed: ${reason}`);
      }
    }
  }

  /** Waits for the invocations that are running now. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}
