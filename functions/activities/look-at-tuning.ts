import type { lookAtTuning } from "../../shared/contracts/activities.ts";
import { tuningName } from "../../shared/domain/names.ts";
import type { TuningObservation } from "../../shared/domain/observation.ts";
import type { Progress } from "../../shared/domain/run.ts";
import { trainingProgress } from "../../shared/domain/training-progress.ts";
import { judgeTuning } from "../../shared/domain/tuning-verdict.ts";
import { TransientError } from "../../shared/errors.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun, readRun } from "./change-run.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly adapters: Adapters;
  readonly cluster: TuningCluster;
}

/** Enough for the last bar and the last loss line. */
const PROGRESS_LOG_BYTES = 8 * 1024;

/** Implements the `lookAtTuning` contract. */
export function createLookAtTuning(dependencies: Dependencies): ActivityOf<typeof lookAtTuning> {
  const { runs, adapters, cluster } = dependencies;

  return async ({ run, renewCredentials }) => {
    const { cancelRequestedAt } = await readRun(runs, run);
    const cancelRequested = cancelRequestedAt !== undefined;
    try {
      if (renewCredentials) {
        await cluster.renewPushSecret(tuningName(run), await adapters.dockerConfig());
      }
      const observation = await cluster.observe(tuningName(run));
      const progress = await progressOf(cluster, run, observation);
      await noteProgress(runs, run, progress);
      return { observation, cancelRequested, ...(progress && { progress }) };
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      return { unreachable: error.message, cancelRequested };
    }
  };
}

async function progressOf(
  cluster: TuningCluster,
  run: string,
  observation: TuningObservation,
): Promise<Progress | undefined> {
  const verdict = judgeTuning(run, observation);
  if (verdict.kind !== "pending") return undefined;
  if (verdict.stage !== "training") return { stage: verdict.stage };
  // Logs come from the node and may be out of reach while the cluster is not: then the look goes without.
  const log = await cluster.trainerLog(tuningName(run), PROGRESS_LOG_BYTES).catch(() => "");
  return { stage: verdict.stage, ...trainingProgress(log) };
}

async function noteProgress(
  runs: Runs,
  run: string,
  progress: Progress | undefined,
): Promise<void> {
  if (!progress) return;
  await changeRun(runs, run, (row) =>
    row.phase !== "Tuning" || JSON.stringify(row.progress) === JSON.stringify(progress)
      ? row
      : { ...row, progress },
  );
}
