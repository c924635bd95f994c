import type { FunctionApp } from "../app/function-app.ts";
import { valueOf } from "../app/rpc.ts";
import type { HistoryEvent } from "./history.ts";
import type { Instance } from "./instance.ts";
import { OrchestratorState } from "./replay/action.ts";
import { OrchestrationFailure } from "./replay/failure.ts";
import { DEFAULT_POLLING_MS } from "./replay/http-call.ts";
import { TIMER_LIMITS } from "./replay/timer.ts";

/** durable-functions throws its answer when the orchestrator threw (lib/src/error/OrchestrationFailureError.js). */
const ANSWER_MARK = "\n\n$OutOfProcData$:";

/**
 * V3: compound actions, long timers and HTTP polling known to the library. V4 would add entity locks,
 * which this host does not offer: below it, `df.lock` says so itself.
 */
const SCHEMA_VERSION = 2;

/** Calls the orchestrator function with a whole history. */
export async function runOrchestrator(
  app: FunctionApp,
  instance: Instance,
  history: readonly HistoryEvent[],
): Promise<OrchestratorState | OrchestrationFailure> {
  const fn = app.functions.find(instance.name, "orchestrator");
  if (!fn) {
    return new OrchestrationFailure(app.functions.explainMissing(instance.name, "orchestrator"));
  }
  // Text, parsed anew for each call: what the function does to it stays there.
  const data = { string: JSON.stringify(bindingOf(instance, history)) };
  try {
    const { returnValue } = await app.invoke(fn, { data });
    return parseState(instance, valueOf(returnValue));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const mark = message.indexOf(ANSWER_MARK);
    if (mark >= 0) return parseState(instance, message.slice(mark + ANSWER_MARK.length));
    const details = error instanceof Error ? (error.stack ?? "") : "";
    return new OrchestrationFailure(
      `Orchestrator function '${instance.name}' failed: ${message}`,
      details,
    );
  }
}

function bindingOf(instance: Instance, history: readonly HistoryEvent[]) {
  const input: unknown = instance.input === null ? null : JSON.parse(instance.input);
  return {
    history,
    input,
    instanceId: instance.id,
    isReplaying: false,
    parentInstanceId: instance.parent?.instanceId ?? null,
    // The first is for libraries that know no more than V2.
    upperSchemaVersion: 1,
    upperSchemaVersionNew: SCHEMA_VERSION,
    ...TIMER_LIMITS,
    // The missing letter is in the protocol.
    defaultHttpAsyncRequestSleepTimeMillseconds: DEFAULT_POLLING_MS,
  };
}

function parseState(instance: Instance, answer: unknown): OrchestratorState | OrchestrationFailure {
  const value: unknown = typeof answer === "string" ? parseText(answer) : answer;
  const parsed = OrchestratorState.safeParse(value);
  if (parsed.success) return parsed.data;
  return new OrchestrationFailure(
    `Orchestrator function '${instance.name}' returned what this host cannot read: ${parsed.error.message}`,
  );
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
