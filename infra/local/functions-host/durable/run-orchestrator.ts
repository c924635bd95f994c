import type { FunctionApp } from "../app/function-app.ts";
import type { InvocationResponse } from "../app/rpc.ts";
import type { Instance } from "./instance.ts";
import { OrchestrationFailure } from "./replay/failure.ts";
import { DEFAULT_POLLING_MS } from "./replay/http-call.ts";
import { TIMER_LIMITS } from "./replay/timer.ts";
import { reasonOf } from "../../program/reason-of.ts";

/** durable-functions throws its answer when the orchestrator threw (lib/src/error/OrchestrationFailureError.js). */
const ANSWER_MARK = "\n\n$OutOfProcData$:";

/**
 * V3: compound actions, long timers and HTTP polling known to the library. V4 would add entity locks,
 * which this host does not offer: below it, `df.lock` says so itself.
 */
const SCHEMA_VERSION = 2;

/**
 * Calls the orchestrator function with a whole history.
 *
 * @param history the JSON text of each event: what the function does to its copy stays there
 * @returns its answer as JSON text (`replay/answer.ts` reads it)
 */
export async function runOrchestrator(
  app: Pick<FunctionApp, "functions" | "invoke">,
  instance: Instance,
  history: readonly string[],
): Promise<string | OrchestrationFailure> {
  const fn = app.functions.find(instance.name, "orchestrator");
  if (!fn) {
    const reason = app.functions.explainMissing(instance.name, "orchestrator");
    return new OrchestrationFailure(`Orchestrator function '${instance.name}' failed: ${reason}`);
  }
  try {
    const data = { string: bindingOf(instance, history) };
    return textOf(await app.invoke(fn, { data }));
  } catch (error) {
    const message = reasonOf(error);
    const mark = message.indexOf(ANSWER_MARK);
    if (mark >= 0) return message.slice(mark + ANSWER_MARK.length);
    const details = error instanceof Error ? (error.stack ?? "") : "";
    return new OrchestrationFailure(
      `Orchestrator function '${instance.name}' failed: ${message}`,
      details,
    );
  }
}

/** JSON text, put together from the texts that are there: most of it is the history. */
function bindingOf(instance: Instance, history: readonly string[]): string {
  const rest = JSON.stringify({
    instanceId: instance.id,
    isReplaying: false,
    parentInstanceId: instance.parent?.instanceId ?? null,
    // The first is for libraries that know no more than V2.
    upperSchemaVersion: 1,
    upperSchemaVersionNew: SCHEMA_VERSION,
    ...TIMER_LIMITS,
    // The missing letter is in the protocol.
    defaultHttpAsyncRequestSleepTimeMillseconds: DEFAULT_POLLING_MS,
  });
  return `{"history":[${history.join(",")}],"input":${instance.input ?? "null"},${rest.slice(1)}`;
}

function textOf({ returnValue }: InvocationResponse): string {
  return returnValue?.json ?? returnValue?.string ?? "null";
}
