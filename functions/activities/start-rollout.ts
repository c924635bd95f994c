import type { startRollout } from "../../shared/contracts/activities.ts";
import { inferenceManifests } from "../../shared/domain/inference-manifests.ts";
import { pullSecretName, servingWorkspaceName } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { changeAdapter, servesOnly, type SeenWorkspace } from "./change-adapter.ts";
import { readVersion } from "./read-version.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly adapters: Adapters;
  readonly serving: ServingCluster;
  readonly namespace: string;
}

/**
 * Implements the `startRollout` contract, forward and back alike.
 *
 * What it does is decided by what stands in the cluster, not by memory: a second try finds the change
 * of the first.
 */
export function createStartRollout(dependencies: Dependencies): ActivityOf<typeof startRollout> {
  const { files, versions, adapters, serving } = dependencies;

  return async ({ run, version }) => {
    const { pipeline } = await readPlan(files, run);
    const record = await readVersion(versions, pipelineOf(run), version);
    const image = adapters.image(record.repository, record.digest);
    const { name } = pipeline.serving;
    const { workspace, service } = await serving.observe(servingWorkspaceName(name), name);
    if (workspace) refuseForeign(workspace, pipeline);
    // An earlier try may have died between the Workspace and its Service: what exists is left as it is.
    if (!workspace || !service) await create(dependencies, pipeline, image);
    if (!workspace) return { action: "created" };
    return change(dependencies, name, workspace, image);
  };
}

async function change(
  { adapters, serving }: Dependencies,
  name: string,
  workspace: SeenWorkspace,
  image: string,
): Promise<{ action: "changed" | "unchanged"; oldHash?: string }> {
  await serving.renewPullSecret(pullSecretName(name), await adapters.dockerConfig());
  if (servesOnly(workspace, image)) return { action: "unchanged" };

  const { hash } = await changeAdapter(serving, name, workspace, image);
  return { action: "changed", ...(hash !== undefined && { oldHash: hash }) };
}

async function create(
  { adapters, serving, namespace }: Dependencies,
  { metadata, serving: { name, instanceType }, tuning }: Pipeline,
  image: string,
): Promise<void> {
  await serving.create(
    inferenceManifests({
      pipeline: metadata.name,
      serving: name,
      namespace,
      model: tuning.model,
      instanceType,
      image,
      dockerConfig: await adapters.dockerConfig(),
    }),
  );
}

function refuseForeign({ ownedBy }: SeenWorkspace, pipeline: Pipeline): void {
  if (ownedBy === pipeline.metadata.name) return;
  const workspace = servingWorkspaceName(pipeline.serving.name);
  const message = `Workspace ${workspace} belongs to ${ownedBy ?? "somebody else"}`;
  throw new PermanentError("WORKSPACE_CHANGED", message);
}
