import { apiTime } from "../../objects/kube-object.ts";
import type { JobStatus } from "../../objects/workloads.ts";
import type { Outcome, Tally } from "./plan-job.ts";

/** The counts of living pods; none of 0 is written, as Go leaves it out. */
export function withLivingPods(
  status: JobStatus,
  { active, ready, terminating }: Tally,
): JobStatus {
  return {
    ...status,
    startTime: status.startTime ?? apiTime(),
    active: active.length || undefined,
    ready,
    terminating,
  };
}

/** First write at a pod's end: which pods ended; none of the counts has them yet. */
export function withEndedPods(status: JobStatus, { succeeded, failed }: Tally): JobStatus {
  return {
    ...status,
    uncountedTerminatedPods: {
      succeeded: succeeded.map(({ metadata }) => metadata.uid),
      failed: failed.map(({ metadata }) => metadata.uid),
    },
  };
}

/** Second write: they are counted. */
export function withCountedPods(status: JobStatus): JobStatus {
  const { failed = [], succeeded = [] } = status.uncountedTerminatedPods ?? {};
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length || undefined,
    failed: (status.failed ?? 0) + failed.length || undefined,
    uncountedTerminatedPods: {},
  };
}

/** How it will end is known; pods may still be there. */
export function withTarget(status: JobStatus, outcome: Outcome | undefined): JobStatus {
  return outcome ? withCondition(status, outcome.interim, outcome) : status;
}

/** The end. */
export function withEnd(status: JobStatus, outcome: Outcome): JobStatus {
  return {
    ...withCondition(withTarget(status, outcome), outcome.final, outcome),
    active: undefined,
    ...(outcome.final === "Complete" && { completionTime: apiTime() }),
  };
}

function withCondition(status: JobStatus, type: string, { reason, message }: Outcome): JobStatus {
  const { conditions = [] } = status;
  if (conditions.some((each) => each.type === type)) return status;
  const now = apiTime();
  const times = { lastProbeTime: now, lastTransitionTime: now };
  return {
    ...status,
    conditions: [...conditions, { type, status: "True", ...times, reason, message }],
  };
}
