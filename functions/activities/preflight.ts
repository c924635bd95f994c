import type { preflight } from "../../shared/contracts/activities.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { ActivityOf } from "./activity.ts";
import { readPlan } from "./run-plan.ts";
import { planTuning, type TuningDependencies } from "./tuning-plan.ts";

interface Dependencies extends TuningDependencies {
  readonly files: RunFiles;
  readonly cluster: TuningCluster;
  readonly serving: ServingCluster;
}

/** Implements the `preflight` contract. */
export function createPreflight(dependencies: Dependencies): ActivityOf<typeof preflight> {
  const { files, adapters, cluster, serving } = dependencies;

  return async ({ run }) => {
    const { pipeline } = await readPlan(files, run);
    await adapters.check(pipeline.adapter.repository);
    await cluster.preflight(await planTuning(dependencies, run, pipeline));
    await checkServing(serving, pipeline);
    return null;
  };
}

/** An adapter that does not fit the model below it makes vLLM crash, and KAITO never checks. */
async function checkServing(serving: ServingCluster, pipeline: Pipeline): Promise<void> {
  const { name } = pipeline.serving;
  const { workspace } = await serving.observe(servingWorkspaceName(name), name);
  if (!workspace) return;

  const subject = `Workspace ${servingWorkspaceName(name)}`;
  if (workspace.ownedBy !== pipeline.metadata.name) {
    const owner = workspace.ownedBy ?? "somebody else";
    throw new PermanentError("WORKSPACE_CHANGED", `${subject} belongs to ${owner}`);
  }
  if (workspace.preset !== pipeline.tuning.model) {
    const message = `${subject} serves ${workspace.preset}, and an adapter of ${pipeline.tuning.model} does not fit it`;
    throw new PermanentError("UNSUPPORTED", message);
  }
}
