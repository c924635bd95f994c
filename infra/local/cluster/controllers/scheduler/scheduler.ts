import { NODES, PODS } from "../../api/resources/core-resources.ts";
import { idOf } from "../../api/resource.ts";
import { apiTime, type KubeObject, objectAt } from "../../objects/kube-object.ts";
import { Node } from "../../objects/node.ts";
import { isTerminating, Pod } from "../../objects/pod.ts";
import type { Controller, ControllerContext } from "../controller.ts";
import { tryRecordEvent } from "../events.ts";
import { WorkQueue } from "../work-queue.ts";
import { misfit } from "./fit.ts";

const LATENCY_MS = 3;
const COMPONENT = "default-scheduler";

/** Binds waiting pods to nodes that fit: affinity, taints and GPUs; nothing is scored or preempted. */
export function startScheduler(context: ControllerContext): Controller {
  const { registry, clock, log } = context;
  const queue = new WorkQueue({
    clock,
    reconcile: () => scheduleAll(context),
    latencyMs: LATENCY_MS,
    log: (message) => log(`scheduler: ${message}`),
  });
  const watched = new Set([idOf(PODS), idOf(NODES)]);
  const unsubscribe = registry.store.subscribe(({ resource }) => {
    if (watched.has(idOf(resource))) queue.add("all");
  });
  queue.add("all");
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function scheduleAll(context: ControllerContext): void {
  const { registry } = context;
  const stored = registry.list(PODS);
  const pods = stored.map((object) => ({ object, pod: Pod.parse(object) }));
  const nodes = registry.list(NODES).map((object) => Node.parse(object));
  const placed = pods.flatMap(({ pod }) => (pod.spec.nodeName === undefined ? [] : [pod]));
  for (const { object, pod } of pods) {
    if (pod.spec.nodeName !== undefined || isTerminating(pod)) continue;
    const bound = schedule(object, pod, nodes, placed, context);
    if (bound) placed.push(bound);
  }
}

function schedule(
  object: KubeObject,
  pod: Pod,
  nodes: readonly Node[],
  placed: readonly Pod[],
  context: ControllerContext,
): Pod | undefined {
  const reasons = new Map<string, number>();
  for (const node of nodes) {
    const there = placed.filter(({ spec }) => spec.nodeName === node.metadata.name);
    const reason = misfit(pod, node, there);
    if (reason === undefined) return bind(object, node.metadata.name, context);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const counted = Array.from(reasons, ([reason, count]) => `${count} ${reason}`);
  const detail = counted.length > 0 ? `: ${counted.join(", ")}` : "";
  const message = `0/${nodes.length} nodes are available${detail}.`;
  setCondition(object, { status: "False", reason: "Unschedulable", message }, context);
  return undefined;
}

function bind(object: KubeObject, nodeName: string, context: ControllerContext): Pod {
  const { registry } = context;
  const { namespace, name } = object.metadata;
  const bound = registry.modify(PODS, namespace, name, (current) => ({
    ...current,
    spec: { ...objectAt(current, "spec"), nodeName },
  }));
  setCondition(bound, { status: "True" }, context);
  tryRecordEvent(registry, bound, {
    type: "Normal",
    reason: "Scheduled",
    message: `Successfully assigned ${namespace}/${name} to ${nodeName}`,
    component: COMPONENT,
  });
  return Pod.parse(bound);
}

function setCondition(
  object: KubeObject,
  condition: { readonly status: string; readonly reason?: string; readonly message?: string },
  { registry }: ControllerContext,
): void {
  const type = "PodScheduled";
  const before = Pod.parse(object).status.conditions.find((each) => each.type === type);
  if (before?.status === condition.status && before.message === condition.message) return;
  const { namespace, name } = object.metadata;
  registry.modify(
    PODS,
    namespace,
    name,
    (current) => {
      const status = objectAt(current, "status");
      const others = Pod.parse(current).status.conditions.filter((each) => each.type !== type);
      const next = { type, lastProbeTime: null, lastTransitionTime: apiTime(), ...condition };
      return { ...current, status: { ...status, conditions: [...others, next] } };
    },
    { subresource: "status" },
  );
  if (condition.status === "True") return;
  tryRecordEvent(registry, object, {
    type: "Warning",
    reason: "FailedScheduling",
    message: condition.message ?? "",
    component: COMPONENT,
  });
}
