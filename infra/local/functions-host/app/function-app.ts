import type { Log } from "../log.ts";
import type { AppRegistrations, Hook } from "./core-api.ts";
import { type AppFunction, FunctionLookup } from "./function-lookup.ts";
import { type Invocation, invokeFunction } from "./invoke-function.ts";
import type { InvocationResponse } from "./rpc.ts";

interface FunctionAppOptions {
  readonly registrations: AppRegistrations;
  readonly functions: readonly AppFunction[];
  readonly httpUri: URL | undefined;
  readonly log: Log;
  /** JSON: the value of every input that is no trigger, whatever the trigger is. */
  readonly durableClient: string;
}

/** A loaded app: its functions, and a way to call them. */
export class FunctionApp {
  readonly functions: FunctionLookup;
  /** Where the app's own server takes HTTP requests, if it asked for HTTP streaming. */
  readonly httpUri: URL | undefined;
  readonly #registrations: AppRegistrations;
  readonly #log: Log;
  readonly #durableClient: string;
  /** Shared by all hooks of this app, as the library's documentation promises. */
  readonly #appHookData = {};
  readonly #running = new Set<Promise<unknown>>();

  constructor({ registrations, functions, httpUri, log, durableClient }: FunctionAppOptions) {
    this.#registrations = registrations;
    this.functions = new FunctionLookup(functions);
    this.httpUri = httpUri;
    this.#log = log;
    this.#durableClient = durableClient;
  }

  /** @throws what the function throws */
  async invoke(fn: AppFunction, invocation: Invocation): Promise<InvocationResponse> {
    const { model, hooks } = this.#registrations;
    if (!model) throw new Error("The app has not loaded @azure/functions.");
    const running = invokeFunction(fn, invocation, {
      model,
      hooks,
      appHookData: this.#appHookData,
      log: this.#log,
      durableClient: this.#durableClient,
    });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async runAppHooks(name: "appStart" | "appTerminate"): Promise<void> {
    const context = { hookData: {}, appHookData: this.#appHookData };
    for (const hook of this.#hooks(name)) await hook(context);
  }

  /** Waits for the invocations that are running now. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #hooks(name: "appStart" | "appTerminate"): readonly Hook[] {
    return this.#registrations.hooks[name];
  }
}
