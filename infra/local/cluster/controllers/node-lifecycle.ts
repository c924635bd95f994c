import { NODES, PODS } from "../api/resources/core-resources.ts";
import type { Registry } from "../api/registry/registry.ts";
import { apiTime, type KubeObject, objectAt } from "../objects/kube-object.ts";
import { isNodeReady, Node } from "../objects/node.ts";
import { hasEnded, isTerminating, Pod } from "../objects/pod.ts";
import type { Controller, ControllerContext } from "./controller.ts";
import { WorkQueue } from "./work-queue.ts";

const UNREACHABLE = "node.kubernetes.io/unreachable";

/**
 * Gives up nodes that are silent, and pods on nodes that are silent or gone
 * (kubernetes: nodelifecycle, tainteviction and podgc).
 */
export function startNodeLifecycle(context: ControllerContext): Controller {
  const { registry, timings, clock, log } = context;
  const startedAt = Date.now();
  const silentSince = new Map<string, number>();
  const lostSince = new Map<string, number>();
  const queue = new WorkQueue({
    clock,
    reconcile() {
      look();
      for (const stored of registry.list(NODES)) watchNode(stored);
      for (const stored of registry.list(PODS)) watchPod(stored);
    },
    latencyMs: Math.min(timings.nodeWatch, timings.nodeGrace / 4, timings.podGarbage / 4),
    log: (message) => log(`node lifecycle: ${message}`),
  });

  function look(): void {
    queue.add("all", undefined, { isBackground: true });
  }

  function watchNode(stored: KubeObject): void {
    const node = Node.parse(stored);
    const { name } = node.metadata;
    const ready = node.status.conditions.find(({ type }) => type === "Ready");
    // While this program was down nobody could be heard.
    const heard = Math.max(Date.parse(ready?.lastHeartbeatTime ?? "") || 0, startedAt);
    const isSilent = ready !== undefined && Date.now() - heard > timings.nodeGrace;
    if (!isSilent) {
      silentSince.delete(name);
      if (isNodeReady(node)) setUnreachable(registry, stored, false);
      return;
    }
    if (silentSince.has(name)) return;
    silentSince.set(name, Date.now());
    writeUnknown(registry, stored);
    setUnreachable(registry, registry.get(NODES, undefined, name), true);
  }

  function watchPod(stored: KubeObject): void {
    const pod = Pod.parse(stored);
    const { nodeName } = pod.spec;
    if (nodeName === undefined) return;
    if (registry.find(NODES, undefined, nodeName)) {
      lostSince.delete(pod.metadata.uid);
      const since = silentSince.get(nodeName);
      if (since !== undefined) evict(registry, stored, pod, since + timings.eviction);
      return;
    }
    const since = lostSince.get(pod.metadata.uid) ?? Date.now();
    lostSince.set(pod.metadata.uid, since);
    if (Date.now() - since < timings.podGarbage) return;
    lostSince.delete(pod.metadata.uid);
    collect(registry, stored, pod);
  }

  look();
  return { stop: () => queue.stop() };
}

function writeUnknown(registry: Registry, { metadata }: KubeObject): void {
  registry.modify(
    NODES,
    undefined,
    metadata.name,
    (current) => {
      const { conditions } = Node.parse(current).status;
      const others = conditions.filter(({ type }) => type !== "Ready");
      const before = conditions.find(({ type }) => type === "Ready");
      const unknown = {
        ...before,
        type: "Ready",
        status: "Unknown",
        reason: "NodeStatusUnknown",
        message: "Kubelet stopped posting node status.",
        lastTransitionTime: apiTime(),
      };
      const status = { ...objectAt(current, "status"), conditions: [...others, unknown] };
      return { ...current, status };
    },
    { subresource: "status" },
  );
}

function setUnreachable(registry: Registry, stored: KubeObject, isUnreachable: boolean): void {
  const { taints } = Node.parse(stored).spec;
  if (taints.some(({ key }) => key === UNREACHABLE) === isUnreachable) return;
  const others = taints.filter(({ key }) => key !== UNREACHABLE);
  const added = ["NoSchedule", "NoExecute"].map((effect) => ({ key: UNREACHABLE, effect }));
  registry.update(NODES, {
    ...stored,
    spec: { ...objectAt(stored, "spec"), taints: isUnreachable ? [...others, ...added] : others },
  });
}

/** The pod is not ready at once, and is deleted when its toleration is over; its kubelet hears nothing. */
function evict(registry: Registry, stored: KubeObject, pod: Pod, at: number): void {
  if (hasEnded(pod)) return;
  const { namespace, name } = pod.metadata;
  const conditions = pod.status.conditions.map((condition) =>
    condition.type === "Ready" && condition.status === "True"
      ? { ...condition, status: "False", lastTransitionTime: apiTime() }
      : condition,
  );
  const status = { ...objectAt(stored, "status"), conditions };
  registry.modify(PODS, namespace, name, (current) => ({ ...current, status }), {
    subresource: "status",
  });
  if (Date.now() >= at && !isTerminating(pod)) registry.delete(PODS, namespace, name);
}

/** Its node does not exist any more: nobody else will say that it ended. */
function collect(registry: Registry, stored: KubeObject, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  if (!hasEnded(pod)) {
    const disruption = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
      lastTransitionTime: apiTime(),
    };
    const status = {
      ...objectAt(stored, "status"),
      phase: "Failed",
      conditions: [...pod.status.conditions, disruption],
    };
    registry.modify(PODS, namespace, name, (current) => ({ ...current, status }), {
      subresource: "status",
    });
  }
  registry.delete(PODS, namespace, name, { gracePeriodSeconds: 0 });
}
