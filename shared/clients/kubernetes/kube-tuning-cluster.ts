import type { KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";

import { LABELS, TUNING_ROLE } from "../../domain/names.ts";
import type { TuningObservation } from "../../domain/observation.ts";
import type { TuningManifests } from "../../domain/tuning-manifests.ts";
import type { TuningCluster, TuningObject } from "../../ports/tuning-cluster.ts";
import { readContainerLog } from "./container-log.ts";
import { createTuning } from "./create-tuning.ts";
import { createKubeApi } from "./kube-api.ts";
import { dockerConfigData } from "./kube-claims.ts";
import { KubeObjects, Meta } from "./kube-objects.ts";
import { Conditions } from "./observe-conditions.ts";
import { Job, toJobObservation } from "./observe-job.ts";
import { observePods } from "./observe-pod.ts";
import { deleteTuning, listIfAllowed, listNodes, tuningRemains } from "./tuning-remains.ts";

interface Place {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
}

const Workspace = z.object({
  ...Meta.shape,
  status: z.object({ conditions: Conditions }).prefault({}),
});

/** The tuning half of a cluster, by its API. */
export function createKubeTuningCluster({ kubeConfig, namespace }: Place): TuningCluster {
  const objects = new KubeObjects(createKubeApi(kubeConfig), namespace);
  return {
    preflight: (manifests) => rehearseTuning(objects, manifests),
    create: (manifests) => createTuning(objects, manifests),
    observe: (name) => observeTuning(objects, name),
    trainerLog: (name, maxBytes) => readContainerLog(objects, name, name, maxBytes),
    containerLog: (name, container, maxBytes) =>
      readContainerLog(objects, name, container, maxBytes),
    async renewPushSecret(name, dockerConfig) {
      await objects.patch("Secret", name, dockerConfigData(dockerConfig));
    },
    async remove(name, run) {
      await deleteTuning(objects, name, run);
      return tuningRemains(objects, name, run, namespace);
    },
    objects: () => listTuningObjects(objects, namespace),
  };
}

/**
 * Dry runs of all three objects. The Workspace's goes without `config`: admission looks the ConfigMap
 * up, and in a dry run there is none. KAITO then takes its own template of that method, which is
 * installed with it; its webhook declares no side effects, so that a dry run reaches it.
 */
async function rehearseTuning(
  objects: KubeObjects,
  { configMap, workspace, secret }: TuningManifests,
): Promise<void> {
  const { config: _config, ...tuning } = workspace.tuning;
  const withoutConfig = { ...workspace, tuning };
  await objects.rehearse("Workspace", withoutConfig);
  await objects.rehearse("ConfigMap", configMap);
  await objects.rehearse("Secret", secret);
}

async function observeTuning(objects: KubeObjects, name: string): Promise<TuningObservation> {
  const [workspace, job, [pod]] = await Promise.all([
    objects.find("Workspace", name, Workspace),
    objects.find("Job", name, Job),
    observePods(objects, name),
  ]);
  return {
    ...(workspace && {
      workspace: {
        createdAt: workspace.metadata.creationTimestamp,
        deleting: workspace.metadata.deletionTimestamp !== undefined,
        conditions: workspace.status.conditions,
      },
    }),
    ...(job && { job: toJobObservation(job) }),
    ...(pod && { pod }),
  };
}

/** Secrets are not listed, which would be a right to read them all: theirs go with the Workspace. */
async function listTuningObjects(objects: KubeObjects, namespace: string): Promise<TuningObject[]> {
  const tuning = { [LABELS.role]: TUNING_ROLE };
  const workspaces = await objects.list("Workspace", tuning, Meta);
  const configMaps = await listIfAllowed(objects, "ConfigMap", tuning);
  const nodes = await listNodes(objects, { [LABELS.namespace]: namespace });
  return [
    ...workspaces.flatMap(({ metadata }) => toTuningObject("Workspace", metadata)),
    ...configMaps.flatMap((metadata) => toTuningObject("ConfigMap", metadata)),
    ...nodes.flatMap((metadata) => toTuningObject("Node", metadata)),
  ];
}

/** Without a run's label it is nobody's to remove. */
function toTuningObject(
  kind: TuningObject["kind"],
  { name, labels, creationTimestamp }: Meta,
): TuningObject[] {
  const run = labels[LABELS.run];
  return run === undefined ? [] : [{ kind, name, run, createdAt: creationTimestamp }];
}
