import type { V1PodCondition } from "@kubernetes/client-node";

import { toApiTime } from "./api-time.ts";
import type { ContainerRecord } from "./container-record.ts";

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

export interface PodFacts {
  readonly uid: string;
  readonly restartPolicy: string;
  readonly initContainers: readonly ContainerRecord[];
  readonly containers: readonly ContainerRecord[];
  /** All programs have been told to end and have ended: the pod does not come back. */
  readonly terminated: boolean;
  readonly podIp: string | undefined;
  readonly hostIp: string | undefined;
  readonly startTime: string;
  readonly eviction: { readonly reason: string; readonly message: string } | undefined;
}

/** Conditions that the kubelet owns; those of others (DisruptionTarget) are kept. */
const OWN_CONDITIONS = new Set(["PodScheduled", "Initialized", "ContainersReady", "Ready"]);

export interface PodStatusPatch {
  readonly metadata: { readonly uid: string };
  readonly status: { readonly phase: Phase; readonly [field: string]: unknown };
}

/**
 * The status that the kubelet writes, as a merge patch.
 *
 * @param previous - the conditions as they are: their transition times stay while nothing changes
 */
export function buildPodStatus(
  facts: PodFacts,
  previous: readonly V1PodCondition[],
  now: string,
): PodStatusPatch {
  const phase = facts.eviction ? "Failed" : phaseOf(facts);
  return {
    // Refused by the API if another pod has the name by now: a StatefulSet uses names again.
    metadata: { uid: facts.uid },
    status: {
      phase,
      startTime: facts.startTime,
      ...(facts.hostIp !== undefined && {
        hostIP: facts.hostIp,
        hostIPs: [{ ip: facts.hostIp }],
      }),
      ...(facts.podIp !== undefined && { podIP: facts.podIp, podIPs: [{ ip: facts.podIp }] }),
      ...facts.eviction,
      conditions: conditionsOf(facts, phase, previous, now),
      initContainerStatuses: facts.initContainers.map((record) => statusOf(record, facts.uid)),
      containerStatuses: facts.containers.map((record) => statusOf(record, facts.uid)),
    },
  };
}

/** kubelet: getPhase in pkg/kubelet/kubelet_pods.go. */
export function phaseOf(facts: PodFacts): Phase {
  const { containers, initContainers, restartPolicy, terminated } = facts;
  const succeeded = containers.every(({ state }) => exitedWell(state));
  if (terminated) return succeeded ? "Succeeded" : "Failed";
  const isNever = restartPolicy === "Never";
  if (isNever && initContainers.some(({ state }) => exitedBadly(state))) return "Failed";
  if (isStillStarting(facts)) return "Pending";
  const isOver = containers.every(({ state }) => state.terminated);
  if (!isOver || restartPolicy === "Always") return "Running";
  if (succeeded) return "Succeeded";
  return isNever ? "Failed" : "Running";
}

/** A container that waits between two runs has started before. */
function isStillStarting({ containers, initContainers }: PodFacts): boolean {
  return (
    !initContainers.every(({ ready }) => ready) ||
    containers.some(({ state, lastState }) => state.waiting && !lastState.terminated)
  );
}

interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

function conditionsOf(
  { initContainers, containers }: PodFacts,
  phase: Phase,
  previous: readonly V1PodCondition[],
  now: string,
): object[] {
  const own: Condition[] = [
    { type: "PodScheduled", status: "True" },
    allReady("Initialized", initContainers, "ContainersNotInitialized", "incomplete"),
    ...["ContainersReady", "Ready"].map((type) =>
      phase === "Succeeded"
        ? ({ type, status: "False", reason: "PodCompleted" } as const)
        : allReady(type, containers, "ContainersNotReady", "unready"),
    ),
  ];
  const foreign = previous.filter(({ type }) => !OWN_CONDITIONS.has(type));
  return [
    ...foreign,
    ...own.map((condition) =>
      Object.assign({ lastTransitionTime: sinceWhen(condition, previous, now) }, condition),
    ),
  ];
}

function allReady(
  type: string,
  records: readonly ContainerRecord[],
  reason: string,
  adjective: string,
): Condition {
  const unready = records.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { type, status: "True" };
  const message = `containers with ${adjective} status: [${unready.join(" ")}]`;
  return { type, status: "False", reason, message };
}

function sinceWhen(
  { status, type }: Condition,
  previous: readonly V1PodCondition[],
  now: string,
): string {
  const before = previous.find((condition) => condition.type === type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  // A Date from a list, a text from a watch: the client library parses only the former.
  return since === undefined ? now : toApiTime(new Date(since));
}

function exitedWell({ terminated }: ContainerRecord["state"]): boolean {
  return terminated?.exitCode === 0;
}

function exitedBadly(state: ContainerRecord["state"]): boolean {
  return state.terminated !== undefined && state.terminated.exitCode !== 0;
}

function statusOf(record: ContainerRecord, uid: string): object {
  const { name, spec, ready, restartCount, state, lastState, log } = record;
  return {
    name,
    image: spec.image ?? "",
    imageID: log ? `fake-gpu-node://${spec.image ?? ""}` : "",
    ...(log && { containerID: `fake-gpu-node://${uid}/${name}/${restartCount}` }),
    ready,
    started: state.running !== undefined,
    restartCount,
    state,
    lastState,
  };
}
