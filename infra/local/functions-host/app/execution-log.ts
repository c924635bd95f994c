import type { Log } from "../log.ts";
import type { AppFunction } from "./function-lookup.ts";
import type { NamedInvocation } from "./invocation.ts";

/** What is told of an invocation while it runs. */
export interface ExecutionLog {
  /** @param hasFailed what went wrong is told by whoever asked for the invocation */
  end(hasFailed: boolean): void;
}

const SILENT: ExecutionLog = { end: () => undefined };

/**
 * The runtime's lines about an invocation (FunctionExecutor.cs). Durable functions have none here: they run
 * once for each step of an orchestration, which nobody reads and which takes longer to write than to do.
 */
export function logExecution(
  log: Log,
  { name, triggerType }: AppFunction,
  { id, reason = "(null)" }: NamedInvocation,
): ExecutionLog {
  if (DURABLE.has(triggerType)) return SILENT;
  const begun = performance.now();
  const category = `Function.${name}`;
  const title = `'Functions.${name}'`;
  log.write("information", category, `Executing ${title} (Reason='${reason}', Id=${id})`, id);
  return {
    end(hasFailed) {
      const duration = Math.round(performance.now() - begun);
      const [level, result] = hasFailed
        ? (["error", "Failed"] as const)
        : (["information", "Succeeded"] as const);
      const text = `Executed ${title} (${result}, Id=${id}, Duration=${duration}ms)`;
      log.write(level, category, text, id);
    },
  };
}

const DURABLE: ReadonlySet<string> = new Set([
  "orchestrationtrigger",
  "activitytrigger",
  "entitytrigger",
]);
