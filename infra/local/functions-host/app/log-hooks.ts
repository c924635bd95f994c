import type { Log, LogLevel } from "../log.ts";
import type { Hook, LogCategory } from "./core-api.ts";

/** A line of the app's log on its way to the host. */
export interface AppLogLine {
  readonly level: LogLevel;
  readonly category: LogCategory;
  readonly message: string;
}

export interface LogHookSurroundings {
  readonly hookData: object;
  readonly appHookData: object;
  readonly invocationContext: object | undefined;
}

/**
 * Shows a line to the app's log hooks, which may change what the app itself wrote. A hook that fails
 * changes nothing: no hook may keep a log from being written (azure-functions-nodejs-worker, WorkerContext.ts).
 */
export function runLogHooks(
  hooks: readonly Hook[],
  line: AppLogLine,
  surroundings: LogHookSurroundings,
): AppLogLine {
  if (hooks.length === 0) return line;
  const context = { ...line, ...surroundings };
  try {
    for (const hook of hooks) hook(context);
  } catch {
    return line;
  }
  if (line.category !== "user") return line;
  return { ...line, level: context.level, message: context.message };
}

/** Where the runtime writes the lines of a function. */
export function writeFunctionLine(
  log: Log,
  functionName: string,
  { level, category, message }: AppLogLine,
  invocationId: string,
): void {
  const suffix = category === "user" ? ".User" : "";
  log.write(level, `Function.${functionName}${suffix}`, message, invocationId);
}
