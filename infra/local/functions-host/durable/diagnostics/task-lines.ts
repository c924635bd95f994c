import type { FunctionApp } from "../../app/function-app.ts";
import type { AppFunction } from "../../app/function-lookup.ts";
import { appFrames } from "./app-frames.ts";

/** What of an app `runOrchestrator` needs. */
export type OrchestratorApp = Pick<FunctionApp, "functions" | "invoke">;

/** Methods of durable-functions' orchestration context that make an action (lib/src/orchestrations/DurableOrchestrationContext.js). */
const METHODS = [
  "callActivity",
  "callActivityWithRetry",
  "callEntity",
  "callHttp",
  "callSubOrchestrator",
  "callSubOrchestratorWithRetry",
  "continueAsNew",
  "createTimer",
  "signalEntity",
  "waitForExternalEvent",
] as const;
const COMPOUNDS = ["all", "any"] as const;

/** Deep enough for the helpers that an app puts between its orchestrator and the library. */
const STACK_DEPTH = 30;

/**
 * Notes at which line of the app each task of one call of an orchestrator was made.
 *
 * durable-functions sets `context.df` on the invocation context; a setter there finds the object before
 * the orchestrator does, and wraps its methods. Tasks are told apart by their action objects, which the
 * library puts into its answer as they are: the n-th action is the n-th of its list.
 */
export class TaskLines {
  readonly #root: string;
  readonly #frames = new Map<object, readonly string[]>();
  #context: object | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The app, with its orchestrators watched. */
  watch(app: OrchestratorApp): OrchestratorApp {
    return {
      functions: app.functions,
      invoke: (fn, invocation) => app.invoke(this.#watchFunction(fn), invocation),
    };
  }

  /**
   * The line of an action: `orchestrations/tune.js:12:20, called from ...`.
   *
   * @param position among the actions of the answer, and then among the tasks of compound ones
   * @returns undefined if it cannot be told
   */
  lineOf(position: readonly number[]): string | undefined {
    const [first = -1, ...rest] = position;
    let action = elementOf(this.#actions, first);
    for (const index of rest) action = elementOf(read(action, "compoundActions"), index);
    return this.#describe(action);
  }

  /** The lines of tasks that were made and never waited for: their work was never asked for. */
  unusedLines(): string[] {
    const used = new Set<unknown>(leavesOf(this.#actions));
    return (
      [...this.#frames.keys()]
        .filter((action) => !used.has(action) && !Array.isArray(read(action, "compoundActions")))
        // A timer that was cancelled is one that nobody wants any more.
        .filter((action) => read(action, "isCanceled") !== true)
        .flatMap((action) => this.#describe(action) ?? [])
    );
  }

  get #actions(): unknown {
    return read(read(this.#context, "taskOrchestratorExecutor"), "actions");
  }

  #describe(action: unknown): string | undefined {
    const frames = isObject(action) ? this.#frames.get(action) : undefined;
    return frames && frames.length > 0 ? frames.join(", called from ") : undefined;
  }

  #watchFunction(fn: AppFunction): AppFunction {
    return {
      ...fn,
      callback: (...inputs) => {
        const context = inputs.at(-1);
        if (isObject(context)) this.#watchContext(context);
        return fn.callback(...inputs);
      },
    };
  }

  #watchContext(context: object): void {
    let durable = read(context, "df");
    Object.defineProperty(context, "df", {
      configurable: true,
      enumerable: true,
      get: () => durable,
      set: (value: unknown) => {
        durable = value;
        if (isObject(value)) this.#watchDurable(value);
      },
    });
  }

  #watchDurable(durable: object): void {
    this.#context = durable;
    for (const name of METHODS) this.#watchMethod(durable, name);
    const compounds = read(durable, "Task");
    if (isObject(compounds)) for (const name of COMPOUNDS) this.#watchMethod(compounds, name);
  }

  #watchMethod(owner: object, name: string): void {
    const original = read(owner, name);
    if (typeof original !== "function") return;
    const watched = (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(original, owner, args);
      // What is fired and forgotten makes no task; its action is in the list already.
      const action = isObject(result) ? read(result, "actionObj") : lastOf(this.#actions);
      if (isObject(action)) this.#note(action, watched);
      return result;
    };
    Reflect.set(owner, name, watched);
  }

  #note(action: object, below: (...args: unknown[]) => unknown): void {
    const depth = Error.stackTraceLimit;
    Error.stackTraceLimit = STACK_DEPTH;
    const trace: { stack?: string } = {};
    Error.captureStackTrace(trace, below);
    // Reading it is what translates it.
    this.#frames.set(action, appFrames(trace.stack ?? "", this.#root));
    Error.stackTraceLimit = depth;
  }
}

function leavesOf(actions: unknown): unknown[] {
  if (!Array.isArray(actions)) return [];
  return actions.flatMap((action: unknown) => {
    const children = read(action, "compoundActions");
    return Array.isArray(children) ? leavesOf(children) : [action];
  });
}

function elementOf(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list[index] : undefined;
}

function lastOf(list: unknown): unknown {
  return Array.isArray(list) ? list.at(-1) : undefined;
}

function read(owner: unknown, name: string): unknown {
  return isObject(owner) ? Reflect.get(owner, name) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
