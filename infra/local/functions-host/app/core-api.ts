import { z } from "zod";

import type { LogLevel } from "../log.ts";
import type { InvocationRequest, InvocationResponse } from "./rpc.ts";

export type Callback = (...inputs: unknown[]) => unknown;
export type LogCategory = "user" | "system" | "customMetric";
export type HookName = "appStart" | "appTerminate" | "preInvocation" | "postInvocation" | "log";
export type Hook = (context: object) => unknown;

/** Passed to the library for each invocation; it writes logs through it. */
export interface CoreInvocationContext {
  readonly invocationId: string;
  readonly request: InvocationRequest;
  readonly metadata: unknown;
  state: "preInvocationHooks" | "invocation" | "postInvocationHooks" | undefined;
  log(level: LogLevel, category: LogCategory, message: string): void;
}

/** What `@azure/functions` gives the worker (src/ProgrammingModel.ts, src/InvocationModel.ts). */
export interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
  /** The first releases of the library's version 4 have none. */
  getCapabilities?(capabilities: Record<string, string>): Promise<Record<string, string>>;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>;
  invokeFunction(context: object, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: object, result: unknown): Promise<InvocationResponse>;
}

const Binding = z.looseObject({ type: z.string(), direction: z.string() });
export type Binding = z.infer<typeof Binding>;

const Duration = z.looseObject({ seconds: z.coerce.number() });

const RetryOptions = z.object({
  retryStrategy: z.enum(["fixedDelay", "exponentialBackoff"]),
  /** -1: for ever. */
  maxRetryCount: z.number().optional(),
  delayInterval: Duration.optional(),
  minimumInterval: Duration.optional(),
  maximumInterval: Duration.optional(),
});
export type RetryOptions = z.infer<typeof RetryOptions>;

const FunctionMetadata = z.looseObject({
  name: z.string(),
  functionId: z.string().optional(),
  bindings: z.record(z.string(), Binding),
  retryOptions: RetryOptions.optional(),
});
export type FunctionMetadata = z.infer<typeof FunctionMetadata>;

export interface Registration {
  readonly metadata: FunctionMetadata;
  readonly callback: Callback;
}

/** What an app says while it loads. */
export interface AppRegistrations {
  readonly functions: Map<string, Registration>;
  readonly hooks: Record<HookName, Hook[]>;
  model: ProgrammingModel | undefined;
  /** After loading, nothing more may be registered. */
  isLocked: boolean;
}

export function emptyRegistrations(): AppRegistrations {
  return {
    functions: new Map(),
    hooks: { appStart: [], appTerminate: [], preInvocation: [], postInvocation: [], log: [] },
    model: undefined,
    isLocked: false,
  };
}

export const HOST_VERSION = "4.1040.0";

/**
 * The module `@azure/functions-core` that a worker provides and that `@azure/functions` requires
 * (azure-functions-nodejs-worker, src/setupCoreModule.ts).
 */
export function createCoreApi(
  app: AppRegistrations,
  log: (level: LogLevel, category: LogCategory, message: string) => void,
) {
  return {
    version: "3.12.0",
    hostVersion: HOST_VERSION,
    Disposable,
    log,
    setProgrammingModel(model: ProgrammingModel): void {
      app.model = model;
    },
    getProgrammingModel: () => app.model,
    registerFunction(metadata: unknown, callback: Callback): Disposable {
      return registerFunction(app, metadata, callback);
    },
    registerHook(name: string, hook: Hook): Disposable {
      return registerHook(app, name, hook);
    },
  };
}

function registerFunction(app: AppRegistrations, given: unknown, callback: Callback): Disposable {
  const metadata = FunctionMetadata.parse(given);
  if (app.isLocked) {
    throw new Error(`Function "${metadata.name}" can only be registered during app startup.`);
  }
  const id = metadata.functionId ?? metadata.name;
  if (app.functions.has(id)) {
    throw new Error(`A function with id "${id}" has already been registered.`);
  }
  app.functions.set(id, { metadata, callback });
  return new Disposable(() => void app.functions.delete(id));
}

function registerHook(app: AppRegistrations, name: string, hook: Hook): Disposable {
  if (!isHookName(app, name)) {
    // The library looks for this mark to tell the host's errors from the app's.
    throw Object.assign(new RangeError(`Unrecognized hook "${name}"`), {
      isAzureFunctionsSystemError: true,
    });
  }
  const hooks = app.hooks[name];
  hooks.push(hook);
  return new Disposable(() => {
    const index = hooks.indexOf(hook);
    if (index >= 0) hooks.splice(index, 1);
  });
}

function isHookName(app: AppRegistrations, name: string): name is HookName {
  return Object.hasOwn(app.hooks, name);
}

class Disposable {
  readonly #dispose: () => void;

  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }

  static from(...items: { dispose(): void }[]): Disposable {
    return new Disposable(() => {
      for (const item of items) item.dispose();
    });
  }

  dispose(): void {
    this.#dispose();
  }
}
