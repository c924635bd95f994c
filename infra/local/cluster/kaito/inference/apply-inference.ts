import { ApiError } from "../../api/api-error.ts";
import type { Registry } from "../../api/registry/registry.ts";
import { STATEFUL_SETS } from "../../api/resources/group-resources.ts";
import { ownerReferenceTo } from "../../controllers/pods-of.ts";
import {
  isJsonObject,
  type JsonObject,
  type KubeObject,
  listAt,
  objectAt,
} from "../../objects/kube-object.ts";
import { ReconcileError } from "../reconcile-error.ts";
import { gpuCountOf } from "../skus.ts";
import {
  type Inference,
  isVllm,
  REVISION_ANNOTATION,
  Workspace,
  WORKSPACE_LABEL,
} from "../workspace.ts";
import { buildInferencePodSpec } from "./inference-pod.ts";
import { ensureServices } from "./services.ts";

/**
 * Makes the StatefulSet, or brings a few parts of it up to date (kaito: applyInference, controller:579-693).
 *
 * @throws {ReconcileError} if the API refuses what KAITO makes of the adapters' names
 */
export function applyInference(registry: Registry, stored: KubeObject, inference: Inference): void {
  const workspace = Workspace.parse(stored);
  const { name, namespace, annotations } = workspace.metadata;
  const revision = annotations[REVISION_ANNOTATION];
  const podSpec = inference.template
    ? objectAt(inference.template, "spec")
    : buildInferencePodSpec(workspace, inference, gpuCountOf(workspace.resource.instanceType) ?? 1);
  try {
    ensureServices(registry, stored, isVllm(workspace));
    const set = registry.find(STATEFUL_SETS, namespace, name);
    if (!set) {
      registry.create(STATEFUL_SETS, namespace, buildStatefulSet(stored, podSpec, revision));
    } else if (
      set.metadata.annotations?.[REVISION_ANNOTATION] !== revision &&
      !inference.template
    ) {
      registry.update(STATEFUL_SETS, withNewParts(set, podSpec, revision));
    }
  } catch (error) {
    if (error instanceof ApiError) throw new ReconcileError(error.message, { cause: error });
    throw error;
  }
}

function buildStatefulSet(
  workspace: KubeObject,
  podSpec: object,
  revision: string | undefined,
): object {
  const { name } = workspace.metadata;
  const labels = { [WORKSPACE_LABEL]: name };
  return {
    metadata: {
      name,
      annotations: { [REVISION_ANNOTATION]: revision },
      ownerReferences: [ownerReferenceTo(workspace)],
    },
    spec: {
      replicas: 1,
      serviceName: `${name}-headless`,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  };
}

/** kaito: controller:664-673: not the command, the image, the probes or the pull secrets. */
function withNewParts(set: KubeObject, podSpec: object, revision: string | undefined): object {
  const spec = objectAt(set, "spec");
  const template = objectAt(spec, "template");
  const before = objectAt(template, "spec");
  const [main, ...others] = listAt(before, "containers");
  const [wanted] = listAt(podSpec, "containers");
  const { initContainers: _, volumes: __, ...kept } = before;
  const parts: JsonObject = { ...podSpec };
  const merged = {
    ...(isJsonObject(main) ? main : {}),
    env: listAt(wanted, "env"),
    volumeMounts: listAt(wanted, "volumeMounts"),
  };
  return {
    ...set,
    metadata: {
      ...set.metadata,
      annotations: { ...set.metadata.annotations, [REVISION_ANNOTATION]: revision },
    },
    spec: {
      ...spec,
      template: {
        ...template,
        spec: {
          ...kept,
          ...(parts["initContainers"] !== undefined && {
            initContainers: parts["initContainers"],
          }),
          volumes: parts["volumes"],
          containers: [merged, ...others],
        },
      },
    },
  };
}
