import { median } from "../median.ts";
import { type EngineId, ENGINE_NAMES } from "./engines.ts";
import type { Figures } from "./figures.ts";
import type { HostFigures } from "./measure-host.ts";
import { BOUNDED, type BoundedId, TITLES, type WorkloadId } from "./workloads.ts";

/** One line of what the host wants to be, and what it is. */
export interface Goal {
  readonly workload: string;
  /** What is compared with what. */
  readonly what: string;
  readonly actual: number;
  /** Null: no goal, told for comparison. */
  readonly limit: number | null;
  readonly unit: "x" | "MB";
  readonly isMet: boolean | null;
}

const MOST_DISK_TO_MEMORY = 3;
const MOST_TOTAL_TO_BOUND = 1.3;
const MOST_MEMORY_MB = 512;

const OTHERS_IN_MEMORY: readonly EngineId[] = ["durabletask", "openworkflow-memory", "resonate"];
const COMPARED: readonly WorkloadId[] = [
  "sequence-100",
  "fan-out-1000",
  "fan-out-5000",
  "instances-500",
];
/** What only this host does has no other to be compared with. */
const ALSO_ON_DISK: readonly WorkloadId[] = ["sequence-1000", "signals-1000", "http-200"];

/** Goals whose figures are missing are left out: the problems say why. */
export function judge({ figures, bound }: HostFigures): Goal[] {
  return [
    ...COMPARED.flatMap((workload) => againstFastest(figures, workload)),
    ...Object.keys(BOUNDED).flatMap((workload) => boundGoal(workload, bound[workload])),
    ...[...COMPARED, ...ALSO_ON_DISK].flatMap((workload) =>
      ratioGoal(figures, workload, "host-disk", "host-memory", MOST_DISK_TO_MEMORY),
    ),
    ...(["restart-works", "restart-through"] as const).flatMap((workload) =>
      ratioGoal(figures, workload, "host-disk", "openworkflow-disk", 1),
    ),
    ...(["host-memory", "host-disk"] as const).flatMap((engine) => sizeGoal(figures, engine)),
  ];
}

function againstFastest(figures: Figures, workload: WorkloadId): Goal[] {
  const fastest = OTHERS_IN_MEMORY.map((engine) => ({
    engine,
    figure: figures.medianOf(workload, engine),
  }))
    .filter(({ figure }) => typeof figure === "number")
    .toSorted((a, b) => Number(a.figure) - Number(b.figure))
    .at(0);
  return fastest ? ratioGoal(figures, workload, "host-memory", fastest.engine, 1) : [];
}

function ratioGoal(
  figures: Figures,
  workload: WorkloadId,
  engine: EngineId,
  to: EngineId,
  limit: number,
): Goal[] {
  const ratio = figures.ratioOf(workload, engine, to);
  if (ratio === undefined) return [];
  const what = `${ENGINE_NAMES[engine]} / ${ENGINE_NAMES[to]}`;
  return [goal(TITLES[workload], what, ratio, limit, "x")];
}

/** A long sequence is the exception: its protocol sends and replays the whole history at each step. */
function boundGoal(workload: string, rounds: HostFigures["bound"][string] | undefined): Goal[] {
  if (!isBounded(workload) || !rounds) return [];
  const ratio = median(rounds.map(({ totalMs, boundMs }) => totalMs / boundMs));
  const part = BOUNDED[workload].alone === "replay" ? "write, parse, replay" : "calls of libraries";
  const what = `this host in memory / ${part} alone`;
  const limit = workload === "sequence-1000" ? MOST_TOTAL_TO_BOUND : null;
  return [goal(TITLES[workload], what, ratio, limit, "x")];
}

function isBounded(workload: string): workload is BoundedId {
  return Object.hasOwn(BOUNDED, workload);
}

function sizeGoal(figures: Figures, engine: "host-memory" | "host-disk"): Goal[] {
  const size = figures.medianOf("memory-10000", engine);
  if (typeof size !== "number") return [];
  return [goal(TITLES["memory-10000"], ENGINE_NAMES[engine], size, MOST_MEMORY_MB, "MB")];
}

function goal(
  workload: string,
  what: string,
  actual: number,
  limit: number | null,
  unit: Goal["unit"],
): Goal {
  const isMet = limit === null ? null : actual <= limit;
  return { workload, what, actual, limit, unit, isMet };
}
