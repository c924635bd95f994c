import { StatefulSet } from "../../objects/workloads.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { ContainerStatus, Pod } from "../../objects/pod.ts";
import type { Workspace } from "../workspace.ts";
import type { NewCondition } from "./conditions.ts";
import type { WorkloadStatus } from "./tuning-status.ts";

const MESSAGE_LIMIT = 256;

/**
 * kaito: collectInferenceReadyStatus and applyInferenceWorkspaceStatus, controller:863-1319: ready is
 * what the StatefulSet's count says, whichever revision those pods are of.
 */
export function inferenceStatus(
  workspace: Workspace,
  set: KubeObject | undefined,
  pods: readonly Pod[],
  resourcesReady: boolean,
): WorkloadStatus {
  if (resourcesReady && set && isServing(set)) {
    return { state: "Ready", conditions: readyConditions(workspace) };
  }
  const { reason, message } = problemOf(pods);
  const wasReady = workspace.status.state === "Ready" || workspace.status.state === "NotReady";
  return {
    state: wasReady ? "NotReady" : "Pending",
    conditions: [
      { type: "InferenceReady", holds: false, reason, message: message.slice(0, MESSAGE_LIMIT) },
      {
        type: "WorkspaceSucceeded",
        holds: false,
        reason: "workspacePending",
        message: "workspace is waiting for inference workload readiness",
      },
    ],
  };
}

function isServing(set: KubeObject): boolean {
  const { spec, status } = StatefulSet.parse(set);
  return (status.readyReplicas ?? 0) === spec.replicas;
}

function readyConditions({ metadata }: Workspace): NewCondition[] {
  const isMeasured = metadata.annotations["kaito.sh/disable-benchmark"] !== "true";
  return [
    {
      type: "InferenceReady",
      holds: true,
      reason: "WorkspaceInferenceStatusSuccess",
      message: "Inference has been deployed successfully",
    },
    ...(isMeasured
      ? [
          {
            type: "BenchmarkCompleted",
            holds: true,
            reason: "BenchmarkCompleted",
            message: "benchmark result has been recorded",
          },
        ]
      : []),
    {
      type: "WorkspaceSucceeded",
      holds: true,
      reason: "workspaceSucceeded",
      message: "workspace succeeds",
    },
  ];
}

interface Problem {
  readonly reason: string;
  readonly message: string;
}

const WAITING_REASONS: Readonly<Record<string, string>> = {
  ImagePullBackOff: "ImagePullError",
  ErrImagePull: "ImagePullError",
  InvalidImageName: "ImagePullError",
  CrashLoopBackOff: "ContainerCrashLoopBackOff",
  CreateContainerConfigError: "ContainerStartError",
  CreateContainerError: "ContainerStartError",
  RunContainerError: "ContainerStartError",
};

/** kaito 0.12, controller:896-1010: read when a StatefulSet or a Workspace changes, not when a pod does. */
function problemOf(pods: readonly Pod[]): Problem {
  for (const { status, metadata } of pods) {
    if (status.reason === "Evicted") {
      return { reason: "PodEvicted", message: `pod ${metadata.name} was evicted` };
    }
    const scheduled = status.conditions.find(({ type }) => type === "PodScheduled");
    if (scheduled?.reason === "Unschedulable") {
      return { reason: "Unschedulable", message: scheduled.message ?? "" };
    }
    for (const container of [...status.initContainerStatuses, ...status.containerStatuses]) {
      const problem = containerProblem(container);
      if (problem) return problem;
    }
  }
  return { reason: "WorkspaceInferenceStatusPending", message: "Inference workload is not ready" };
}

function containerProblem({ name, state, lastState }: ContainerStatus): Problem | undefined {
  const killed = [state.terminated, lastState.terminated].find(
    (terminated) => terminated?.reason === "OOMKilled",
  );
  if (killed) {
    return { reason: "ContainerOOMKilled", message: `container ${name} ran out of memory` };
  }
  const waiting = state.waiting?.reason ?? "";
  const reason = Object.hasOwn(WAITING_REASONS, waiting) ? WAITING_REASONS[waiting] : undefined;
  if (reason === undefined) return undefined;
  return { reason, message: `container ${name}: ${state.waiting?.message ?? waiting}` };
}
