import { ApiError } from "../../api/api-error.ts";
import type { Registry } from "../../api/registry/registry.ts";
import { PODS } from "../../api/resources/core-resources.ts";
import { type KubeObject, objectAt, textAt } from "../../objects/kube-object.ts";
import type { Pod } from "../../objects/pod.ts";
import { tryRecordEvent } from "../events.ts";
import { ownerReferenceTo } from "../pods-of.ts";

const COMPONENT = "statefulset-controller";
const REVISION_LABEL = "controller-revision-hash";

export function revisionOf({ metadata }: Pod): string | undefined {
  return metadata.labels[REVISION_LABEL];
}

/** Which of the set's pods this is; undefined for a pod with another name. */
export function ordinalOf({ metadata }: Pod, setName: string): number | undefined {
  const ordinal = metadata.name.startsWith(`${setName}-`)
    ? metadata.name.slice(setName.length + 1)
    : "";
  return /^\d+$/.test(ordinal) ? Number(ordinal) : undefined;
}

/** @throws {ApiError} if the API refuses the pod: a name of 53 characters makes a label too long */
export function createSetPod(
  registry: Registry,
  set: KubeObject,
  template: object,
  revision: string,
  ordinal: number,
): void {
  const { name, namespace } = set.metadata;
  const podName = `${name}-${ordinal}`;
  const metadata = objectAt(template, "metadata");
  const problem = { type: "Warning", component: COMPONENT, reason: "FailedCreate" } as const;
  try {
    registry.create(PODS, namespace, {
      metadata: {
        ...metadata,
        name: podName,
        generateName: `${name}-`,
        labels: {
          ...objectAt(metadata, "labels"),
          "apps.kubernetes.io/pod-index": String(ordinal),
          [REVISION_LABEL]: revision,
          "statefulset.kubernetes.io/pod-name": podName,
        },
        ownerReferences: [ownerReferenceTo(set)],
      },
      spec: {
        ...objectAt(template, "spec"),
        hostname: podName,
        subdomain: textAt(set, "spec", "serviceName"),
      },
    });
  } catch (error) {
    const why = error instanceof ApiError ? error.message : String(error);
    const message = `create Pod ${podName} in StatefulSet ${name} failed error: ${why}`;
    tryRecordEvent(registry, set, { ...problem, message });
    throw error;
  }
  tryRecordEvent(registry, set, {
    type: "Normal",
    reason: "SuccessfulCreate",
    message: `Create Pod ${podName} in StatefulSet ${name} successful`,
    component: COMPONENT,
  });
}

export function deleteSetPod(registry: Registry, set: KubeObject, pod: Pod): void {
  registry.delete(PODS, pod.metadata.namespace, pod.metadata.name);
  tryRecordEvent(registry, set, {
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`,
    component: COMPONENT,
  });
}
