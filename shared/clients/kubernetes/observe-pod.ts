import { z } from "zod";

import type { ContainerObservation, PodObservation } from "../../domain/observation.ts";
import { Meta, type KubeObjects } from "./kube-objects.ts";
import { redact } from "./redact.ts";

const Terminated = z.object({
  exitCode: z.number().int().default(0),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const State = z
  .object({
    waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
    running: z.object({}).optional(),
    terminated: Terminated.optional(),
  })
  .prefault({});

const ContainerStatus = z.object({
  name: z.string(),
  restartCount: z.number().int().default(0),
  state: State,
  lastState: State,
});

export const Pod = z.object({
  ...Meta.shape,
  spec: z.object({ nodeName: z.string().optional() }).prefault({}),
  status: z
    .object({
      phase: z.string().default("Pending"),
      reason: z.string().optional(),
      message: z.string().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            lastTransitionTime: z.string().nullish(),
          }),
        )
        .default([]),
      initContainerStatuses: z.array(ContainerStatus).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
});

/** A Workspace has one pod, and for a while its predecessors; more would not fit an engine's history. */
const MOST_PODS = 5;

/** Pods of a Workspace, the newest first. */
export async function observePods(
  objects: KubeObjects,
  workspace: string,
): Promise<PodObservation[]> {
  const pods = await objects.list("Pod", { "kaito.sh/workspace": workspace }, Pod);
  return pods
    .map(toPodObservation)
    .toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    .slice(0, MOST_PODS);
}

export function toPodObservation({ metadata, spec, status }: z.infer<typeof Pod>): PodObservation {
  const ready = status.conditions.find(({ type }) => type === "Ready");
  const since = ready?.status === "True" ? ready.lastTransitionTime : undefined;
  return {
    name: metadata.name,
    phase: status.phase,
    ...texts(status),
    createdAt: metadata.creationTimestamp,
    ...(typeof since === "string" && { readySince: since }),
    deleting: metadata.deletionTimestamp !== undefined,
    ...(spec.nodeName !== undefined && { nodeName: spec.nodeName }),
    containers: [
      ...status.initContainerStatuses.map((each) => toContainer(each, true)),
      ...status.containerStatuses.map((each) => toContainer(each, false)),
    ],
  };
}

function toContainer(
  { name, restartCount, state, lastState }: z.infer<typeof ContainerStatus>,
  init: boolean,
): ContainerObservation {
  const last = lastState.terminated;
  return {
    name,
    init,
    restartCount,
    ...stateOf(state),
    ...(last && { lastExitCode: last.exitCode }),
    ...(last?.reason !== undefined && { lastReason: last.reason }),
  };
}

function stateOf({
  terminated,
  running,
  waiting,
}: z.infer<typeof State>): Pick<ContainerObservation, "state" | "exitCode" | "reason" | "message"> {
  if (terminated) {
    return { state: "terminated", exitCode: terminated.exitCode, ...texts(terminated) };
  }
  return running ? { state: "running" } : { state: "waiting", ...texts(waiting ?? {}) };
}

/** What a container says at its end is its own text, so it may hold the address it was given. */
function texts({
  reason,
  message,
}: {
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}): { reason?: string; message?: string } {
  return {
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message: redact(message) }),
  };
}
