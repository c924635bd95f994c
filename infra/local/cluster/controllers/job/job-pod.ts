import type { Registry } from "../../api/registry/registry.ts";
import { PODS } from "../../api/resources/core-resources.ts";
import { type KubeObject, objectAt } from "../../objects/kube-object.ts";
import type { Pod } from "../../objects/pod.ts";
import { tryRecordEvent } from "../events.ts";
import { ownerReferenceTo } from "../pods-of.ts";
import { TRACKING_FINALIZER } from "./plan-job.ts";

const COMPONENT = "job-controller";

export function createJobPod(registry: Registry, job: KubeObject): void {
  const template = objectAt(job, "spec", "template");
  const { name, namespace } = job.metadata;
  const pod = registry.create(PODS, namespace, {
    metadata: {
      ...objectAt(template, "metadata"),
      generateName: `${name}-`,
      finalizers: [TRACKING_FINALIZER],
      ownerReferences: [ownerReferenceTo(job)],
    },
    spec: objectAt(template, "spec"),
  });
  tryRecordEvent(registry, job, {
    type: "Normal",
    reason: "SuccessfulCreate",
    message: `Created pod: ${pod.metadata.name}`,
    component: COMPONENT,
  });
}

/** The end of the pod is in the Job's counts, so the pod may go. */
export function releasePod(registry: Registry, pod: Pod): void {
  if (!pod.metadata.finalizers.includes(TRACKING_FINALIZER)) return;
  registry.modify(PODS, pod.metadata.namespace, pod.metadata.name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      finalizers: (current.metadata.finalizers ?? []).filter((each) => each !== TRACKING_FINALIZER),
    },
  }));
}

export function deleteJobPod(registry: Registry, job: KubeObject, pod: Pod): void {
  registry.delete(PODS, pod.metadata.namespace, pod.metadata.name, {
    propagationPolicy: "Background",
  });
  tryRecordEvent(registry, job, {
    type: "Normal",
    reason: "SuccessfulDelete",
    message: `Deleted pod: ${pod.metadata.name}`,
    component: COMPONENT,
  });
}
