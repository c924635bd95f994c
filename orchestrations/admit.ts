import type { OrchestrationContext } from "durable-functions";

import { markWaiting, readRequest, startRun } from "../shared/contracts/activities.ts";
import { AdmitInput, entityNames } from "../shared/contracts/orchestrations.ts";
import { AdmissionAnswer } from "../shared/domain/admission.ts";
import { callActivity, callEntity, type Durable } from "./durable.ts";

/** Admits one request: to a run of its own now, or to the queue. Asking again changes nothing. */
export function* admit(context: OrchestrationContext): Durable<null> {
  const { pipeline, request } = AdmitInput.parse(context.df.getInput());

  const { state, highestSequence } = yield* callActivity(context, readRequest, {
    pipeline,
    request,
  });
  if (state !== "received" && state !== "waiting") return null;

  const { start } = yield* callEntity(
    context,
    { name: entityNames.pipeline, key: pipeline },
    "offer",
    { request, pipeline, highestSequence },
    AdmissionAnswer,
  );
  if (start) yield* callActivity(context, startRun, start);
  if (!start?.requests.includes(request)) {
    yield* callActivity(context, markWaiting, { pipeline, request });
  }
  return null;
}
