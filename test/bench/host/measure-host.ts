import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";

import { z } from "zod";

import type { EngineId } from "./engines.ts";
import { Figures } from "./figures.ts";
import { type ChildResult, runChild } from "./run-child.ts";
import { type Job, JOBS } from "./workloads.ts";

/** One child. What takes longer is reported as that, and not tried again. */
export const CHILD_LIMIT_MS = 60_000;
/** Once per engine: 11,000 instances. */
const LEAVING_LIMIT_MS = 300_000;

const Printed = z.record(z.string(), z.number());
const BoundRounds = z.record(
  z.string(),
  z.array(z.object({ totalMs: z.number(), boundMs: z.number() })).min(1),
);

export interface HostFigures {
  readonly rounds: number;
  /** Programs that ran or wanted to, over the minute before: what they take is missing in the figures. */
  readonly loadBefore: number;
  readonly figures: Figures;
  /** By workload. */
  readonly bound: z.infer<typeof BoundRounds>;
  /** Wrong results and children that failed, one sentence for each kind. */
  readonly problems: readonly string[];
}

/**
 * Runs each workload on each engine that can, `rounds` times, each in a process of its own. In a round the
 * engines take turns, and each round begins with another one.
 */
export async function measureHost(
  rounds: number,
  progress: (text: string) => void,
): Promise<HostFigures> {
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-bench-"));
  try {
    return await new Measurement(directory, rounds, progress).run();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

class Measurement {
  readonly #directory: string;
  readonly #rounds: number;
  readonly #progress: (text: string) => void;
  readonly #figures = new Figures();
  readonly #problems = new Set<string>();

  constructor(directory: string, rounds: number, progress: (text: string) => void) {
    this.#directory = directory;
    this.#rounds = rounds;
    this.#progress = progress;
  }

  async run(): Promise<HostFigures> {
    const [loadBefore = Number.NaN] = loadavg();
    for (const job of JOBS) {
      this.#progress(job.workloads.join(", "));
      if (job.script === "restart.ts") await this.#leaveInstances(job);
      for (let round = 0; round < this.#rounds; round++) {
        for (const engine of turned(job.engines, round)) await this.#measure(job, engine, round);
      }
    }
    this.#progress("what the protocol costs alone");
    return {
      rounds: this.#rounds,
      loadBefore,
      figures: this.#figures,
      bound: await this.#measureBound(),
      problems: [...this.#problems],
    };
  }

  async #measure(job: Job, engine: EngineId, round: number): Promise<void> {
    if (job.workloads.some((workload) => this.#figures.isOver(workload, engine))) return;
    const data = path.join(this.#directory, `${engine}-data`);
    const isRestart = job.script === "restart.ts";
    if (isRestart) await cp(this.#left(engine), data, { recursive: true });
    else await mkdir(data);
    try {
      const what = isRestart ? "resume" : job.workloads.join();
      const places = engine.endsWith("disk") ? [data] : [];
      const limit = { limitMs: CHILD_LIMIT_MS };
      this.#note(job, engine, round, await runChild(job.script, [what, engine, ...places], limit));
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }

  #note(job: Job, engine: EngineId, round: number, result: ChildResult): void {
    if (result.kind === "failed") {
      this.#problems.add(`${engine}, ${job.workloads.join(", ")}: ${result.reason}`);
      return;
    }
    const printed = result.kind === "printed" ? Printed.parse(JSON.parse(result.text)) : undefined;
    for (const workload of job.workloads) {
      this.#figures.set(workload, engine, round, printed?.[workload] ?? "over");
    }
  }

  /** Made once: each round begins with a copy of the files. */
  async #leaveInstances(job: Job): Promise<void> {
    for (const engine of job.engines) {
      const directory = this.#left(engine);
      await mkdir(directory);
      const result = await runChild(job.script, ["leave", engine, directory], {
        limitMs: LEAVING_LIMIT_MS,
        env: { BENCH_GATE: "closed" },
      });
      if (result.kind !== "printed") {
        this.#problems.add(`${engine}, before the restart: ${reasonOf(result)}`);
      }
    }
  }

  async #measureBound(): Promise<HostFigures["bound"]> {
    const result = await runChild("bound.ts", [String(this.#rounds)], {
      limitMs: CHILD_LIMIT_MS * this.#rounds,
    });
    if (result.kind === "printed") return BoundRounds.parse(JSON.parse(result.text));
    this.#problems.add(`what the protocol costs alone: ${reasonOf(result)}`);
    return {};
  }

  #left(engine: EngineId): string {
    return path.join(this.#directory, `${engine}-left`);
  }
}

function reasonOf(result: Exclude<ChildResult, { kind: "printed" }>): string {
  return result.kind === "over" ? "it took too long" : result.reason;
}

/** So that no engine always runs after the same other one. */
function turned(engines: readonly EngineId[], round: number): EngineId[] {
  const first = round % engines.length;
  return [...engines.slice(first), ...engines.slice(0, first)];
}
