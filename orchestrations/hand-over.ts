import type { OrchestrationContext } from "durable-functions";

import { readSequence, startRun } from "../shared/contracts/activities.ts";
import { entityNames } from "../shared/contracts/orchestrations.ts";
import { AdmissionAnswer } from "../shared/domain/admission.ts";
import { pipelineOf } from "../shared/domain/run.ts";
import { callActivity, callEntity, type Durable } from "./durable.ts";

/** Says that a run has ended and cleaned up, and starts the one whose turn it is. */
export function* handOver(context: OrchestrationContext, run: string): Durable<void> {
  const pipeline = pipelineOf(run);
  const { highestSequence } = yield* callActivity(context, readSequence, { pipeline });
  const { start } = yield* callEntity(
    context,
    { name: entityNames.pipeline, key: pipeline },
    "finished",
    { run, pipeline, highestSequence },
    AdmissionAnswer,
  );
  if (start) yield* callActivity(context, startRun, start);
}
