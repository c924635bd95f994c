import type { KubeConfig } from "@kubernetes/client-node";

import { adapterManifest, type InferenceManifests } from "../../domain/inference-manifests.ts";
import type { ServingCluster } from "../../ports/serving-cluster.ts";
import { createKubeApi } from "./kube-api.ts";
import {
  dockerConfigData,
  lookUp,
  ours,
  putSecret,
  requireOwner,
  servingOf,
} from "./kube-claims.ts";
import { KubeObjects } from "./kube-objects.ts";
import { askQuestion, listModels } from "./model-proxy.ts";
import { observeServing } from "./observe-serving.ts";

interface Place {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
}

/** The serving half of a cluster, by its API. */
export function createKubeServingCluster({ kubeConfig, namespace }: Place): ServingCluster {
  const objects = new KubeObjects(createKubeApi(kubeConfig), namespace);
  return {
    observe: (workspace, service) => observeServing(objects, workspace, service),
    create: (manifests) => createServing(objects, manifests),
    changeAdapter: ({ workspace, name, image, pullSecret, resourceVersion }) =>
      objects.patchVersion("Workspace", workspace, resourceVersion, {
        inference: { adapters: [adapterManifest(name, image, pullSecret)] },
      }),
    async renewPullSecret(name, dockerConfig) {
      await objects.patch("Secret", name, dockerConfigData(dockerConfig));
    },
    models: (service) => listModels(objects, service),
    ask: (service, model, question) => askQuestion(objects, service, model, question),
  };
}

async function createServing(
  objects: KubeObjects,
  { pipeline, secret, workspace, service }: InferenceManifests,
): Promise<void> {
  const owner = servingOf(pipeline);
  const parts = [
    ["Secret", secret],
    ["Workspace", workspace],
    ["Service", service],
  ] as const;
  // All of them before the first is made: half a serving next to somebody else's helps nobody.
  for (const [kind, { metadata }] of parts) {
    const found = await lookUp(objects, kind, metadata.name);
    if (found) requireOwner(kind, found, owner);
  }

  const dockerConfig = secret.stringData[".dockerconfigjson"];
  await putSecret(objects, secret, { dockerConfig }, owner);
  if (!(await objects.create("Workspace", workspace))) {
    await ours(objects, "Workspace", workspace.metadata.name, owner);
  }
  if (!(await objects.create("Service", service))) {
    await ours(objects, "Service", service.metadata.name, owner);
  }
}
