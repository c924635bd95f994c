import { setTimeout as delay } from "node:timers/promises";

import type { TuningManifests } from "../../domain/tuning-manifests.ts";
import { TransientError } from "../../errors.ts";
import { type Owner, ours, putSecret, tuningOf } from "./kube-claims.ts";
import { isCacheLag, isSuccess, kubeError, parseJson } from "./kube-errors.ts";
import { type KubeObjects, Meta } from "./kube-objects.ts";

const CACHE_PAUSES_MS = [100, 300, 900];

/**
 * Creates ConfigMap, Workspace and Secret, in this order, so that a crash anywhere leaves a state from
 * which the same call goes on: admission wants the ConfigMap before the Workspace, and an owner
 * reference wants the Workspace's uid.
 */
export async function createTuning(
  objects: KubeObjects,
  { run, configMap, workspace, secret }: TuningManifests,
): Promise<void> {
  const owner = tuningOf(run);
  const { name } = workspace.metadata;
  if (!(await objects.create("ConfigMap", configMap))) {
    await ours(objects, "ConfigMap", name, owner);
  }
  const { uid } = await createWorkspace(objects, workspace, owner);
  const metadata = { ownerReferences: [ownerReference(name, uid)] };

  const dockerConfig = secret.stringData[".dockerconfigjson"];
  await putSecret(objects, secret, { dockerConfig, metadata }, owner);
  if (!(await objects.patch("ConfigMap", name, { metadata }))) {
    throw new TransientError("CLUSTER_UNAVAILABLE", `ConfigMap ${name} is being deleted`);
  }
}

/** Asks again while KAITO's webhook does not see the ConfigMap yet. */
async function createWorkspace(
  objects: KubeObjects,
  workspace: TuningManifests["workspace"],
  owner: Owner,
): Promise<Meta> {
  const { name } = workspace.metadata;
  let answer = await objects.tryCreate("Workspace", workspace);
  for (const pause of CACHE_PAUSES_MS) {
    if (!isCacheLag(answer)) break;
    await delay(pause);
    answer = await objects.tryCreate("Workspace", workspace);
  }
  if (answer.status === 409) return ours(objects, "Workspace", name, owner);
  if (!isSuccess(answer)) throw kubeError(`creating Workspace ${name}`, answer);
  return Meta.parse(parseJson(answer.text)).metadata;
}

/** Without `blockOwnerDeletion`: a cluster may ask for rights on finalizers for it. */
function ownerReference(name: string, uid: string): object {
  return { apiVersion: "kaito.sh/v1beta1", kind: "Workspace", name, uid };
}
