import type { Appointment } from "../../../program/clock/clock.ts";
import type { Registry } from "../../api/registry/registry.ts";
import { JOBS } from "../../api/resources/group-resources.ts";
import type { KubeObject } from "../../objects/kube-object.ts";
import type { Pod } from "../../objects/pod.ts";
import { Job, type JobStatus } from "../../objects/workloads.ts";
import type { ControllerContext } from "../controller.ts";
import { tryRecordEvent } from "../events.ts";
import { podsOf } from "../pods-of.ts";
import type { BackOff } from "./back-off.ts";
import { createJobPod, deleteJobPod, releasePod } from "./job-pod.ts";
import {
  withCountedPods,
  withEnd,
  withEndedPods,
  withLivingPods,
  withTarget,
} from "./job-status.ts";
import {
  conditionOf,
  deadlineOf,
  isFinished,
  judgeJob,
  type Outcome,
  tallyPods,
} from "./plan-job.ts";

/** When to look at a Job again, if nothing happens before. */
export interface Again extends Appointment {
  readonly afterMs: number;
}

/** Brings one Job a step further. */
export function syncJob(
  stored: KubeObject,
  context: ControllerContext,
  backOff: BackOff,
): Again | undefined {
  const { registry } = context;
  const job = Job.parse(stored);
  const pods = podsOf(registry, stored);
  if (isFinished(job.status)) {
    for (const pod of pods) releasePod(registry, pod);
    return expire(registry, job);
  }
  const waiting = job.status.uncountedTerminatedPods;
  if ((waiting?.succeeded ?? []).length + (waiting?.failed ?? []).length > 0) {
    return count(stored, job, pods, context);
  }
  return run(stored, job, pods, context, backOff);
}

function run(
  stored: KubeObject,
  job: Job,
  pods: readonly Pod[],
  context: ControllerContext,
  backOff: BackOff,
): Again | undefined {
  const { registry, timings } = context;
  const now = Date.now();
  const tally = tallyPods(pods);
  const before = countsOf(job.status);
  const succeeded = before.succeeded + tally.succeeded.length;
  const failed = before.failed + tally.failed.length;
  if (tally.failed.length > 0) backOff.note(job.metadata.uid, now);
  const outcome = judgeJob(job, failed, succeeded, now);
  const wait = outcome ? 0 : backOff.remaining(job.metadata.uid, failed, now);
  if (outcome) {
    for (const pod of tally.active) deleteJobPod(registry, stored, pod);
  } else if (wait === 0) {
    createMissing(registry, stored, job, succeeded, tally.active.length);
  }

  const current = tallyPods(podsOf(registry, stored));
  const status = withTarget(withLivingPods(job.status, current), outcome);
  if (current.succeeded.length + current.failed.length > 0) {
    writeStatus(registry, stored, withEndedPods(status, current));
    // The counts follow in a second write; in between they say nothing (recorded: 7-19 ms).
    return { afterMs: timings.jobCounting };
  }
  settle(registry, stored, { ...status, uncountedTerminatedPods: {} }, outcome);
  return earliest(wait || Infinity, (deadlineOf(job) ?? Infinity) - now);
}

function countsOf({ succeeded = 0, failed = 0 }: JobStatus): { succeeded: number; failed: number } {
  return { succeeded, failed };
}

function earliest(...waits: readonly number[]): Again | undefined {
  const next = Math.max(Math.min(...waits), 1);
  return Number.isFinite(next) ? { afterMs: next } : undefined;
}

function createMissing(
  registry: Registry,
  stored: KubeObject,
  { metadata, spec }: Job,
  succeeded: number,
  active: number,
): void {
  if (metadata.deletionTimestamp !== undefined || spec.suspend) return;
  const wanted = Math.min(spec.parallelism, (spec.completions ?? 1) - succeeded);
  for (let index = active; index < wanted; index++) createJobPod(registry, stored);
}

/** Lets the ended pods go, counts them, and ends the Job if nothing is left. */
function count(
  stored: KubeObject,
  job: Job,
  pods: readonly Pod[],
  { registry, timings }: ControllerContext,
): Again {
  const { failed = [], succeeded = [] } = job.status.uncountedTerminatedPods ?? {};
  const ended = new Set([...failed, ...succeeded]);
  for (const pod of pods) {
    if (ended.has(pod.metadata.uid)) releasePod(registry, pod);
  }
  const status = withCountedPods(job.status);
  const outcome = judgeJob(
    { ...job, status },
    status.failed ?? 0,
    status.succeeded ?? 0,
    Date.now(),
  );
  settle(registry, stored, status, outcome);
  return { afterMs: timings.jobSync };
}

/** Writes the status; the end only when no pod is left. */
function settle(
  registry: Registry,
  stored: KubeObject,
  status: JobStatus,
  outcome: Outcome | undefined,
): void {
  const { active, terminating } = tallyPods(podsOf(registry, stored));
  if (!outcome || active.length + terminating > 0) {
    writeStatus(registry, stored, status);
    return;
  }
  writeStatus(registry, stored, withEnd(status, outcome));
  const isComplete = outcome.final === "Complete";
  tryRecordEvent(registry, stored, {
    type: isComplete ? "Normal" : "Warning",
    reason: isComplete ? "Completed" : outcome.reason,
    message: isComplete ? "Job completed" : outcome.message,
    component: "job-controller",
  });
}

function writeStatus(registry: Registry, { metadata }: KubeObject, status: JobStatus): void {
  registry.modify(JOBS, metadata.namespace, metadata.name, (current) => ({ ...current, status }), {
    subresource: "status",
  });
}

/** kubernetes: pkg/controller/ttlafterfinished. */
function expire(registry: Registry, { metadata, spec, status }: Job): Again | undefined {
  const { ttlSecondsAfterFinished: ttl } = spec;
  if (ttl === undefined || metadata.deletionTimestamp !== undefined) return undefined;
  const end = conditionOf(status, "Complete") ?? conditionOf(status, "Failed");
  const left = Date.parse(String(end?.["lastTransitionTime"])) + ttl * 1000 - Date.now();
  if (left > 0) return { afterMs: left, isBackground: true };
  registry.delete(JOBS, metadata.namespace, metadata.name, { propagationPolicy: "Foreground" });
  return undefined;
}
