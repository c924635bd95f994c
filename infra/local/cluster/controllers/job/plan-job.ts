import { hasEnded, isReady, isTerminating, type Pod } from "../../objects/pod.ts";
import type { Job, JobCondition, JobStatus } from "../../objects/workloads.ts";

/** Keeps a pod until its end is counted. */
export const TRACKING_FINALIZER = "batch.kubernetes.io/job-tracking";

/** How the pods of a Job stand. */
export interface Tally {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  /** Ended and not counted yet; a pod that is being deleted has failed (podReplacementPolicy). */
  readonly succeeded: readonly Pod[];
  readonly failed: readonly Pod[];
}

export function tallyPods(pods: readonly Pod[]): Tally {
  const uncounted = pods.filter(({ metadata }) => metadata.finalizers.includes(TRACKING_FINALIZER));
  const running = pods.filter((pod) => !hasEnded(pod));
  return {
    active: running.filter((pod) => !isTerminating(pod)),
    ready: running.filter((pod) => !isTerminating(pod) && isReady(pod)).length,
    terminating: running.filter(isTerminating).length,
    succeeded: uncounted.filter(({ status }) => status.phase === "Succeeded"),
    failed: uncounted.filter(
      (pod) =>
        pod.status.phase === "Failed" || (isTerminating(pod) && pod.status.phase !== "Succeeded"),
    ),
  };
}

export function conditionOf(
  { conditions = [] }: JobStatus,
  type: string,
): JobCondition | undefined {
  return conditions.find((each) => each.type === type && each.status === "True");
}

export function isFinished(status: JobStatus): boolean {
  return (
    conditionOf(status, "Complete") !== undefined || conditionOf(status, "Failed") !== undefined
  );
}

export interface Outcome {
  /** The condition that is set at once, before the pods are gone. */
  readonly interim: "SuccessCriteriaMet" | "FailureTarget";
  readonly final: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

const COMPLETED: Outcome = {
  interim: "SuccessCriteriaMet",
  final: "Complete",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

const PAST_LIMIT: Outcome = {
  interim: "FailureTarget",
  final: "Failed",
  reason: "BackoffLimitExceeded",
  message: "Job has reached the specified backoff limit",
};

const PAST_DEADLINE: Outcome = {
  interim: "FailureTarget",
  final: "Failed",
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
};

/**
 * How the Job ends, if it does (kubernetes: pkg/controller/job/job_controller.go, syncJob).
 *
 * @param failed - all failed pods, counted or not
 */
export function judgeJob(
  { spec, status }: Job,
  failed: number,
  succeeded: number,
  now: number,
): Outcome | undefined {
  const target = conditionOf(status, "FailureTarget");
  if (target) return target.reason === PAST_DEADLINE.reason ? PAST_DEADLINE : PAST_LIMIT;
  if (succeeded >= (spec.completions ?? 1)) return COMPLETED;
  if (failed > spec.backoffLimit) return PAST_LIMIT;
  const deadline = deadlineOf({ spec, status });
  return deadline !== undefined && now >= deadline ? PAST_DEADLINE : undefined;
}

/** When `activeDeadlineSeconds` is over: it counts from the Job's start, whenever it was set. */
export function deadlineOf({ spec, status }: Pick<Job, "spec" | "status">): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status.startTime === undefined) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000;
}
