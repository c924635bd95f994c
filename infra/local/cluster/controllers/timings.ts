/**
 * How long the control plane takes, in milliseconds. What is real is in parentheses: orders of events
 * are those of a real cluster, durations are not.
 */
export interface Timings {
  /** From a pod's change to the Job's status (1 s). */
  readonly jobSync: number;
  /** Between the two status writes at a Job's end: the counts are empty in between (about 10 ms). */
  readonly jobCounting: number;
  /** First back-off before a failed pod is replaced; doubles (10 s). */
  readonly jobBackOff: number;
  /** Between two looks at silent Nodes, at most (5 s). */
  readonly nodeWatch: number;
  /** Without a heartbeat for this long a Node is not ready (40 s). */
  readonly nodeGrace: number;
  /** From then until its pods are evicted (300 s, the default toleration). */
  readonly eviction: number;
  /** Until a pod whose Node is gone is given up (66 s). */
  readonly podGarbage: number;
  /** From an event to KAITO's reconciliation. */
  readonly kaitoSync: number;
  /** Between KAITO's steps after a change: revision, then workload (7 and 340 ms). */
  readonly kaitoRevision: number;
  readonly kaitoApply: number;
  /** KAITO looks again while something is missing. */
  readonly kaitoRetry: number;
}

export const DEFAULT_TIMINGS: Timings = {
  jobSync: 50,
  jobCounting: 20,
  jobBackOff: 1000,
  nodeWatch: 500,
  nodeGrace: 10_000,
  eviction: 5000,
  podGarbage: 5000,
  kaitoSync: 5,
  kaitoRevision: 10,
  kaitoApply: 150,
  kaitoRetry: 250,
};

const MINUTE = 60_000;

/** Under virtual time: what recurs does so less often, or three days were full of it. */
export const VIRTUAL_TIMINGS: Timings = {
  ...DEFAULT_TIMINGS,
  nodeWatch: 30 * MINUTE,
  nodeGrace: 120 * MINUTE,
  eviction: 5 * MINUTE,
  podGarbage: 120 * MINUTE,
  kaitoRetry: MINUTE,
};
