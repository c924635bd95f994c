import type { FunctionApp } from "../app/function-app.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import type { TypedData } from "../app/rpc.ts";
import type { RunByHand } from "./admin-api.ts";

/** What these triggers make of a text, as `POST /admin/functions/<name>` gives it (AdminController.cs). */
const DATA_OF: Readonly<Record<string, (input: string) => TypedData>> = {
  // A timer has no use for it: it is a call that no schedule asked for (TimerTriggerBinding.cs).
  timertrigger: () => ({
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: null,
      IsPastDue: false,
    }),
  }),
  queuetrigger: (string) => ({ string }),
  eventgridtrigger: (string) => ({ string }),
  activitytrigger: (string) => ({ string }),
};

/** For the log (FunctionStartedMessageExtensions.cs). */
const REASON = "This function was programmatically called via the host APIs.";

/** By the function's id. */
export function runsByHand(app: FunctionApp): Map<string, RunByHand> {
  return new Map(
    app.functions.all.flatMap((fn) => {
      const run = runByHand(app, fn);
      return run ? [[fn.id, run] as const] : [];
    }),
  );
}

function runByHand(app: FunctionApp, fn: AppFunction): RunByHand | undefined {
  const dataOf = DATA_OF[fn.triggerType];
  if (!dataOf) return undefined;
  return async (input) => {
    const triggerMetadata = metadataOf(fn, input);
    await app.invoke(fn, { data: dataOf(input), triggerMetadata, reason: REASON });
  };
}

/** As the trigger's binding data names it: `QueueTrigger`, `Data`. */
function metadataOf({ triggerType }: AppFunction, input: string): Record<string, TypedData> {
  if (triggerType === "queuetrigger") return { QueueTrigger: { string: input } };
  return triggerType === "eventgridtrigger" ? { data: { string: input } } : {};
}
