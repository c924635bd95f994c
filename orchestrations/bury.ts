import type { OrchestrationContext } from "durable-functions";
import { endRun } from "../shared/contracts/activities.ts";
import { BuryInput } from "../shared/contracts/orchestrations.ts";
import { callActivity, type Durable } from "./durable.ts";
import { handOver } from "./hand-over.ts";
import { releaseTuning } from "./release-tuning.ts";

/** Ends a run whose own orchestration is gone: terminated by a person, or lost with its task hub. */
export function* bury(context: OrchestrationContext): Durable<null> {
  const { run, pauseMs } = BuryInput.parse(context.df.getInput());

  const leftBehind = yield* releaseTuning(context, run, pauseMs);
  yield* callActivity(context, endRun, {
    run,
    phase: "Failed",
    failure: { code: "INTERNAL", message: "Its orchestration was ended from outside" },
    leftBehind,
  });
  yield* releaseTuning(context, run, pauseMs);
  yield* handOver(context, run);
  return null;
}
