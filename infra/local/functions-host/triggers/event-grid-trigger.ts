import type { AppFunction } from "../app/function-lookup.ts";
import type { Answer } from "../http/answer.ts";
import { withFields } from "./binding-data.ts";
import { answerEventGrid, functionNotFound, type GridEvent } from "./event-grid-request.ts";
import { logFailure, type MadeTriggers, runFunction, type TriggerParts } from "./trigger.ts";

/** Runs functions on the events that come to `/runtime/webhooks/EventGrid?functionName=<name>`. */
export function createEventGridTriggers(
  functions: readonly AppFunction[],
  parts: TriggerParts,
): MadeTriggers {
  if (functions.length === 0) return { triggers: [], webhooks: [] };
  const byName = new Map(functions.map((fn) => [fn.name, fn]));
  const stop = new AbortController();
  const running = new Set<Promise<unknown>>();
  const runOn = async (fn: AppFunction, events: readonly GridEvent[]): Promise<Answer> => {
    const answer = runAll(fn, events, parts, stop.signal);
    running.add(answer);
    try {
      return await answer;
    } finally {
      running.delete(answer);
    }
  };
  return {
    triggers: [
      {
        start: () => undefined,
        async stop() {
          stop.abort();
          await Promise.allSettled(running);
        },
      },
    ],
    webhooks: [
      {
        name: "EventGrid",
        async handle(request) {
          const name = request.query.get("functionName");
          const fn = name === null ? undefined : byName.get(name);
          if (!fn) return functionNotFound(name);
          return answerEventGrid(request, (events) => runOn(fn, events));
        },
      },
    ],
  };
}

/**
 * One call for each event, all at once; one that fails makes Event Grid send all of them again
 * (EventGridExtensionConfigProvider.cs).
 */
async function runAll(
  fn: AppFunction,
  events: readonly GridEvent[],
  parts: TriggerParts,
  signal: AbortSignal,
): Promise<Answer> {
  const results = await Promise.allSettled(events.map((event) => runOne(fn, event, parts, signal)));
  const failures = results.filter((result) => result.status === "rejected");
  for (const { reason } of failures) logFailure(parts.log, fn, "Failed on an event", reason);
  if (failures.length === 0) return { status: 202 };
  return { status: 500, body: `Exception while executing function: Functions.${fn.name}` };
}

async function runOne(
  fn: AppFunction,
  event: GridEvent,
  parts: TriggerParts,
  signal: AbortSignal,
): Promise<void> {
  const text = JSON.stringify(event);
  const data = { json: JSON.stringify(event["data"] ?? null) };
  const triggerMetadata = withFields({ data }, text);
  const reason = `EventGrid trigger fired at ${new Date(parts.clock.now()).toISOString()}`;
  await runFunction(fn, { data: { json: text }, triggerMetadata, reason }, parts, signal);
}
