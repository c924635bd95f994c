import type { Registry } from "../../api/registry/registry.ts";
import { CONFIG_MAPS } from "../../api/resources/core-resources.ts";
import { JOBS } from "../../api/resources/group-resources.ts";
import { ownerReferenceTo } from "../../controllers/pods-of.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import { tuningWeightsOf } from "../presets.ts";
import { ControllerPanic, ReconcileError } from "../reconcile-error.ts";
import { gpuCountOf } from "../skus.ts";
import {
  RELEASE_NAMESPACE,
  REVISION_ANNOTATION,
  type Tuning,
  Workspace,
  WORKSPACE_LABEL,
} from "../workspace.ts";
import { buildTuningPodSpec } from "./tuning-pod.ts";

/**
 * Makes the Job, or begins to replace one of an older revision (kaito: applyTuning, controller:542-576).
 *
 * @throws {ReconcileError} with KAITO's words
 */
export function applyTuning(registry: Registry, stored: KubeObject, tuning: Tuning): void {
  const workspace = Workspace.parse(stored);
  const { name, namespace } = workspace.metadata;
  const revision = workspace.metadata.annotations[REVISION_ANNOTATION];
  const job = registry.find(JOBS, namespace, name);
  if (job) {
    const isCurrent = job.metadata.annotations?.[REVISION_ANNOTATION] === revision;
    // The old Job must be gone before the new one is made: its deletion comes back here.
    if (!isCurrent && job.metadata.deletionTimestamp === undefined) {
      registry.delete(JOBS, namespace, name, { propagationPolicy: "Foreground" });
    }
    return;
  }
  const gpus = gpuCountOf(workspace.resource.instanceType);
  if (gpus === undefined) {
    throw new ReconcileError(
      `invalid value: Unsupported SKU '${workspace.resource.instanceType}' for cloud provider: sku`,
    );
  }
  const configMap = ensureConfigMap(registry, workspace, tuning);
  // kaito: manifests.go:366 dereferences nil tuning parameters of a model that cannot be tuned.
  const weights = tuningWeightsOf(tuning.preset?.name ?? "");
  if (weights === undefined) throw new ControllerPanic("no tuning parameters");
  registry.create(JOBS, namespace, {
    metadata: {
      name,
      labels: { [WORKSPACE_LABEL]: name },
      annotations: { [REVISION_ANNOTATION]: revision },
      ownerReferences: [ownerReferenceTo(stored)],
    },
    spec: {
      template: {
        metadata: { labels: { [WORKSPACE_LABEL]: name } },
        spec: buildTuningPodSpec({ workspace, tuning, configMap, gpus, weights }),
      },
    },
  });
}

/** kaito: pkg/utils/resources/resources.go:153-222: the template is copied once and never refreshed. */
function ensureConfigMap(registry: Registry, { metadata }: Workspace, tuning: Tuning): KubeObject {
  const { namespace } = metadata;
  if (tuning.config !== "") {
    const found = registry.find(CONFIG_MAPS, namespace, tuning.config);
    if (found) return found;
    throw specError(
      `user specified ConfigMap ${tuning.config} not found in namespace ${namespace}`,
    );
  }
  // The method is compared as it was typed here, unlike at admission.
  const name =
    { lora: "lora-params-template", qlora: "qlora-params-template" }[tuning.method] ?? "";
  const copy = registry.find(CONFIG_MAPS, namespace, name);
  if (copy) return copy;
  const template = registry.find(CONFIG_MAPS, RELEASE_NAMESPACE, name);
  if (!template) {
    throw specError(
      `failed to get default ConfigMap from template namespace: ConfigMap "${name}" not found`,
    );
  }
  return registry.create(CONFIG_MAPS, namespace, { metadata: { name }, data: template["data"] });
}

function specError(why: string): ReconcileError {
  return new ReconcileError(`failed to generate pod spec: failed to apply modifier: ${why}`);
}
