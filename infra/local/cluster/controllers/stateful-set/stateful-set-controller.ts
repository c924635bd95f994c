import { PODS } from "../../api/resources/core-resources.ts";
import { STATEFUL_SETS } from "../../api/resources/group-resources.ts";
import type { Registry } from "../../api/registry/registry.ts";
import { idOf } from "../../api/resource.ts";
import type { Change } from "../../api/store/store.ts";
import { controllerOf, type KubeObject, objectAt } from "../../objects/kube-object.ts";
import { hasEnded, isReady, isTerminating, type Pod } from "../../objects/pod.ts";
import { StatefulSet } from "../../objects/workloads.ts";
import { type Controller, type ControllerContext, keyOf, splitKey } from "../controller.ts";
import { podsOf } from "../pods-of.ts";
import { WorkQueue } from "../work-queue.ts";
import { currentRevisionOf, templateOf, truncateRevisions } from "./revisions.ts";
import { createSetPod, deleteSetPod, ordinalOf, revisionOf } from "./set-pod.ts";

const LATENCY_MS = 5;

/** kubernetes: pkg/controller/statefulset, without volume claims and partitions. */
export function startStatefulSetController(context: ControllerContext): Controller {
  const { registry, clock, log } = context;
  const queue = new WorkQueue({
    clock,
    reconcile: (key) => reconcile(key, context),
    latencyMs: LATENCY_MS,
    log: (message) => log(`StatefulSet controller: ${message}`),
  });
  const unsubscribe = registry.store.subscribe((change) => {
    const key = keyFor(change);
    if (key !== undefined) queue.add(key);
  });
  for (const { metadata } of registry.list(STATEFUL_SETS)) queue.add(keyOf(metadata));
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function keyFor({ resource, object }: Change): string | undefined {
  if (idOf(resource) === idOf(STATEFUL_SETS)) return keyOf(object.metadata);
  const owner = idOf(resource) === idOf(PODS) ? controllerOf(object) : undefined;
  return owner?.kind === "StatefulSet"
    ? `${object.metadata.namespace ?? ""}/${owner.name}`
    : undefined;
}

interface Work {
  readonly stored: KubeObject;
  readonly set: StatefulSet;
  readonly updateRevision: string;
  readonly currentRevision: string;
}

function reconcile(key: string, context: ControllerContext): void {
  const { registry } = context;
  const { namespace, name } = splitKey(key);
  const stored = registry.find(STATEFUL_SETS, namespace, name);
  if (!stored || stored.metadata.deletionTimestamp !== undefined) return;
  const set = StatefulSet.parse(stored);
  const updateRevision = currentRevisionOf(registry, stored);
  const currentRevision = set.status.currentRevision ?? updateRevision;
  const work = { stored, set, updateRevision, currentRevision };

  // The generation counts as seen before the first pod is touched (recorded).
  writeStatus(work, context);
  const pods = podsOf(registry, stored);
  const failure = keepPods(work, pods, context);
  if (failure === undefined && set.spec.updateStrategy.type === "RollingUpdate") {
    deleteOutdated(work, pods, context);
  }
  writeStatus(work, context);
  const inUse = new Set([
    updateRevision,
    currentRevision,
    ...pods.map((pod) => revisionOf(pod) ?? ""),
  ]);
  truncateRevisions(registry, stored, inUse, set.spec.revisionHistoryLimit);
  if (failure !== undefined) throw failure;
}

/** Makes missing pods and removes those too many. @returns why a pod could not be made */
function keepPods(work: Work, pods: readonly Pod[], { registry }: ControllerContext): unknown {
  const { stored, set } = work;
  const { name } = set.metadata;
  const isParallel = set.spec.podManagementPolicy === "Parallel";
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
    const pod = pods.find((each) => ordinalOf(each, name) === ordinal);
    const failure = keepPod(work, pod, ordinal, registry);
    if (failure !== undefined) return failure;
    if (!isParallel && !(pod && isHealthy(pod))) return undefined;
  }
  for (const pod of pods.toReversed()) {
    const isExtra = (ordinalOf(pod, name) ?? Infinity) >= set.spec.replicas;
    if (isExtra && !isTerminating(pod)) deleteSetPod(registry, stored, pod);
  }
  return undefined;
}

function keepPod(work: Work, pod: Pod | undefined, ordinal: number, registry: Registry): unknown {
  if (pod) {
    if (hasEnded(pod) && !isTerminating(pod)) deleteSetPod(registry, work.stored, pod);
    return undefined;
  }
  const [revision, template] = chooseTemplate(work, registry);
  try {
    createSetPod(registry, work.stored, template, revision, ordinal);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** With OnDelete a pod comes back as it was until the update is complete. */
function chooseTemplate(
  { stored, set, updateRevision, currentRevision }: Work,
  registry: Registry,
): [string, object] {
  const old = templateOf(registry, stored, currentRevision);
  return set.spec.updateStrategy.type === "RollingUpdate" || !old
    ? [updateRevision, objectAt(stored, "spec", "template")]
    : [currentRevision, old];
}

function isHealthy(pod: Pod): boolean {
  return isReady(pod) && !isTerminating(pod);
}

/** One pod at a time, the last first; the next waits until the one before is healthy. */
function deleteOutdated(
  { stored, set, updateRevision }: Work,
  pods: readonly Pod[],
  { registry }: ControllerContext,
): void {
  const ordered = pods
    .filter((pod) => (ordinalOf(pod, set.metadata.name) ?? Infinity) < set.spec.replicas)
    .toReversed();
  for (const pod of ordered) {
    if (isTerminating(pod)) return;
    if (revisionOf(pod) !== updateRevision) {
      deleteSetPod(registry, stored, pod);
      return;
    }
    if (!isReady(pod)) return;
  }
}

function writeStatus(
  { stored, set, updateRevision, currentRevision }: Work,
  { registry }: ControllerContext,
): void {
  const pods = podsOf(registry, stored);
  const living = pods.filter((pod) => !isTerminating(pod));
  const updated = living.filter((pod) => revisionOf(pod) === updateRevision);
  const ready = pods.filter(isReady).length;
  const isComplete =
    updated.length === set.spec.replicas &&
    updated.filter(isReady).length === set.spec.replicas &&
    pods.length === set.spec.replicas;
  const current = isComplete ? updateRevision : currentRevision;
  const currents = living.filter((pod) => revisionOf(pod) === current).length;
  const { namespace, name } = stored.metadata;
  const status = {
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: ready || undefined,
    currentReplicas: currents || undefined,
    updatedReplicas: updated.length || undefined,
    currentRevision: current,
    updateRevision,
    collisionCount: 0,
    availableReplicas: ready,
  };
  registry.modify(STATEFUL_SETS, namespace, name, (found) => ({ ...found, status }), {
    subresource: "status",
  });
}
