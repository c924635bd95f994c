import type { startTuning } from "../../shared/contracts/activities.ts";
import { tuningName } from "../../shared/domain/names.ts";
import { hasEnded } from "../../shared/domain/run.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { ActivityOf } from "./activity.ts";
import { readRun } from "./change-run.ts";
import { readPlan } from "./run-plan.ts";
import { planTuning, type TuningDependencies } from "./tuning-plan.ts";

interface Dependencies extends TuningDependencies {
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly cluster: TuningCluster;
}

/**
 * Implements the `startTuning` contract.
 *
 * It may run twice, and late: it looks at the run's row before it creates, and again after, so that a
 * late execution of a run that has ended leaves no GPU behind.
 */
export function createStartTuning(dependencies: Dependencies): ActivityOf<typeof startTuning> {
  const { runs, files, cluster } = dependencies;

  return async ({ run }) => {
    await refuseIfOver(runs, run);
    const { pipeline } = await readPlan(files, run);
    await cluster.create(await planTuning(dependencies, run, pipeline));
    try {
      await refuseIfOver(runs, run);
    } catch (error) {
      await cluster.remove(tuningName(run), run);
      throw error;
    }
    return null;
  };
}

async function refuseIfOver(runs: Runs, run: string): Promise<void> {
  const { phase, cancelRequestedAt } = await readRun(runs, run);
  if (hasEnded(phase)) throw new PermanentError("CANCELLED", `Run ${run} has ended: ${phase}`);
  if (cancelRequestedAt) throw new PermanentError("CANCELLED", "Cancelled on request");
}
