import type { OrchestrationContext } from "durable-functions";
import { z } from "zod";

import {
  askBefore,
  beginRun,
  claimVersion,
  endRun,
  freezeDataset,
  type Limits,
  preflight,
  prepareDataset,
  publishVersion,
  saveTuningLog,
  startTuning,
  verifyAdapter,
} from "../shared/contracts/activities.ts";
import { orchestrationNames, RunInput } from "../shared/contracts/orchestrations.ts";
import { endFor, type RunEnd } from "../shared/domain/run-end.ts";
import { explain, type TuningLog } from "../shared/domain/tuning-log.ts";
import { toFailure } from "../shared/errors.ts";
import type { TuningWait } from "./await-tuning.ts";
import { callActivity, callSubOrchestration, type Durable, now } from "./durable.ts";
import { enter } from "./enter.ts";
import { handOver } from "./hand-over.ts";
import { releaseTuning } from "./release-tuning.ts";
import { rollOut, RolloutError } from "./roll-out.ts";

/**
 * One walk of a pipeline: dataset -> adapter -> version -> served and verified.
 *
 * Reads top to bottom as the business process. Decisions are in `shared/domain`, side effects in
 * `functions/activities`. However it ends, the tuning is cleaned up before the next run may start.
 */
export function* runPipeline(context: OrchestrationContext): Durable<RunEnd> {
  const { run } = RunInput.parse(context.df.getInput());
  let pause = DEFAULT_PAUSE_MS;

  let end: RunEnd;
  let left: readonly string[] = [];
  try {
    const { nothingToDo, limits } = yield* callActivity(context, beginRun, { run });
    pause = limits.pollIntervalMs;
    end = nothingToDo ? SUPERSEDED : yield* trainAndServe(context, run, limits);
  } catch (error) {
    end = endFor(toFailure(error), error instanceof RolloutError && error.restored);
    if (error instanceof RolloutError) left = error.leftBehind;
  }

  const leftBehind = [...(yield* releaseTuning(context, run, pause)), ...left];
  yield* callActivity(context, endRun, { run, ...end, leftBehind });
  // Once more: what a late second execution of `startTuning` made between the clean-up and the end.
  yield* releaseTuning(context, run, pause);
  yield* handOver(context, run);
  return end;
}

/** Between two looks at what is being deleted, when the run did not come to know its own settings. */
const DEFAULT_PAUSE_MS = 10_000;

const SUPERSEDED: RunEnd = { phase: "Superseded", note: "Its requests went into another run" };

function* trainAndServe(
  context: OrchestrationContext,
  run: string,
  limits: Limits,
): Durable<RunEnd> {
  yield* enter(context, run, "Preparing");
  yield* callActivity(context, freezeDataset, { run });
  const { sameAsVersion } = yield* callActivity(context, prepareDataset, { run });
  if (sameAsVersion !== undefined) {
    return {
      phase: "Succeeded",
      note: `Nothing new: v${sameAsVersion}, the last release, was made of the same data and settings`,
    };
  }

  yield* enter(context, run, "Preflight");
  yield* callActivity(context, preflight, { run });

  yield* enter(context, run, "Tuning");
  yield* tune(context, run, limits);

  yield* enter(context, run, "Registering");
  const adapter = yield* callActivity(context, verifyAdapter, { run });
  const { version } = yield* callActivity(context, claimVersion, { run, ...adapter });
  yield* callActivity(context, publishVersion, { run, version });
  // Here and not at the end: a finished tuning Workspace keeps its GPU node until it is deleted.
  yield* releaseTuning(context, run, limits.pollIntervalMs);

  yield* enter(context, run, "Evaluating");
  const { version: previous, workspace } = yield* callActivity(context, askBefore, { run });

  yield* enter(context, run, "RollingOut");
  yield* rollOut(context, { run, version, limits, workspace, previous });
  return { phase: "Succeeded" };
}

function* tune(context: OrchestrationContext, run: string, limits: Limits): Durable<void> {
  const startedAt = now(context);
  yield* callActivity(context, startTuning, { run });
  const wait: TuningWait = {
    run,
    limits,
    startedAt,
    credentialsRenewedAt: startedAt,
    deadlineAt: startedAt + limits.tuningDeadlineMs,
    timeout: { code: "TUNING_TIMEOUT", message: "The tuning was not done at its deadline" },
  };
  const { awaitTuning } = orchestrationNames;
  try {
    yield* callSubOrchestration(context, awaitTuning, `tune-${run}`, wait, z.unknown());
  } catch (error) {
    throw explain(toFailure(error), yield* keepLog(context, run));
  }
  yield* keepLog(context, run);
}

/** The log goes with the pod, so it is kept first; a run does not fail for want of it. */
function* keepLog(context: OrchestrationContext, run: string): Durable<TuningLog> {
  try {
    return yield* callActivity(context, saveTuningLog, { run });
  } catch {
    return { trainer: [], pusher: [] };
  }
}
