import type { EngineId } from "./engines.ts";

/** The ids are arguments of the children, keys of what they print, and keys of the JSON output. */
export const WORKLOAD_IDS = [
  "sequence-100",
  "sequence-1000",
  "fan-out-1000",
  "fan-out-5000",
  "instances-500",
  "memory-10000",
  "signals-1000",
  "http-200",
  "restart-works",
  "restart-through",
] as const;
export type WorkloadId = (typeof WORKLOAD_IDS)[number];

export const TITLES: Readonly<Record<WorkloadId, string>> = {
  "sequence-100": "100 activities, one after the other",
  "sequence-1000": "1,000 activities, one after the other",
  "fan-out-1000": "1,000 activities side by side",
  "fan-out-5000": "5,000 activities side by side",
  "instances-500": "500 instances x 2 activities",
  "memory-10000": "10,000 instances x 2 activities: peak RSS",
  "signals-1000": "1,000 signals to one entity",
  "http-200": "200 starts through an HTTP function",
  "restart-works": "restart: until the first instance ends",
  "restart-through": "restart: until the 1,000 left ones ended",
};

export function unitOf(workload: WorkloadId): "ms" | "MB" {
  return workload === "memory-10000" ? "MB" : "ms";
}

/**
 * Those whose distance to what the protocol and the app's libraries cost alone is measured: sequences of
 * activities. `replay`: durable-functions alone. `calls`: what `@azure/functions` does for each call, too.
 */
export const BOUNDED = {
  "sequence-100": { activities: 100, instances: 1, alone: "replay" },
  "sequence-1000": { activities: 1000, instances: 1, alone: "replay" },
  "instances-500": { activities: 2, instances: 500, alone: "calls" },
} as const satisfies Partial<Record<WorkloadId, Bounded>>;
export type BoundedId = keyof typeof BOUNDED;

export interface Bounded {
  readonly activities: number;
  readonly instances: number;
  readonly alone: "replay" | "calls";
}

/** One child process. What it prints has a figure for each of `workloads`. */
export interface Job {
  readonly workloads: readonly WorkloadId[];
  readonly script: "run-one.ts" | "http-starts.ts" | "restart.ts";
  readonly engines: readonly EngineId[];
}

const ALL: readonly EngineId[] = [
  "host-memory",
  "host-disk",
  "durabletask",
  "openworkflow-memory",
  "openworkflow-disk",
  "resonate",
];
/** An openworkflow run has at most 1,000 steps (its WORKFLOW_STEP_LIMIT). */
const MANY_STEPS = ALL.filter((id) => !id.startsWith("openworkflow"));
/** No other engine has entities, or is started by the app's own HTTP functions. */
const HOST: readonly EngineId[] = ["host-memory", "host-disk"];
/** What is in memory only has nothing to restart with. */
const ON_DISK: readonly EngineId[] = ["host-disk", "openworkflow-disk"];

export const JOBS: readonly Job[] = [
  { workloads: ["sequence-100"], script: "run-one.ts", engines: ALL },
  { workloads: ["sequence-1000"], script: "run-one.ts", engines: ALL },
  { workloads: ["fan-out-1000"], script: "run-one.ts", engines: ALL },
  { workloads: ["fan-out-5000"], script: "run-one.ts", engines: MANY_STEPS },
  { workloads: ["instances-500"], script: "run-one.ts", engines: ALL },
  { workloads: ["memory-10000"], script: "run-one.ts", engines: ALL },
  { workloads: ["signals-1000"], script: "run-one.ts", engines: HOST },
  { workloads: ["http-200"], script: "http-starts.ts", engines: HOST },
  { workloads: ["restart-works", "restart-through"], script: "restart.ts", engines: ON_DISK },
];
