import type { lookAtServing } from "../../shared/contracts/activities.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import { judgeServing } from "../../shared/domain/serving-verdict.ts";
import { TransientError } from "../../shared/errors.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun, readRun } from "./change-run.ts";
import { readVersion } from "./read-version.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly adapters: Adapters;
  readonly serving: ServingCluster;
}

/** Implements the `lookAtServing` contract. */
export function createLookAtServing(dependencies: Dependencies): ActivityOf<typeof lookAtServing> {
  const { runs, files, versions, adapters, serving } = dependencies;

  return async ({ run, version }) => {
    const { cancelRequestedAt } = await readRun(runs, run);
    const cancelRequested = cancelRequestedAt !== undefined;
    const { pipeline } = await readPlan(files, run);
    const record = await readVersion(versions, pipelineOf(run), version);
    const image = adapters.image(record.repository, record.digest);
    try {
      const { name } = pipeline.serving;
      const observation = await serving.observe(servingWorkspaceName(name), name);
      const verdict = judgeServing(observation, { image });
      if (verdict.kind === "pending") await noteStage(runs, run, verdict.stage);
      return { observation, image, cancelRequested };
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      return { unreachable: error.message, image, cancelRequested };
    }
  };
}

async function noteStage(runs: Runs, run: string, stage: string): Promise<void> {
  await changeRun(runs, run, (row) =>
    row.phase !== "RollingOut" || row.progress?.stage === stage
      ? row
      : { ...row, progress: { stage } },
  );
}
