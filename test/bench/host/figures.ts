import { median } from "../median.ts";
import type { EngineId } from "./engines.ts";
import type { WorkloadId } from "./workloads.ts";

/** `over`: stopped, because it took longer than a child may. */
export type Figure = number | "over";

/** What was measured: for each workload and engine, one figure a round. */
export class Figures {
  readonly #rounds = new Map<string, Map<number, Figure>>();

  set(workload: WorkloadId, engine: EngineId, round: number, figure: Figure): void {
    const key = keyOf(workload, engine);
    const rounds = this.#rounds.get(key) ?? new Map<number, Figure>();
    rounds.set(round, figure);
    this.#rounds.set(key, rounds);
  }

  isOver(workload: WorkloadId, engine: EngineId): boolean {
    return this.#of(workload, engine).some((figure) => figure === "over");
  }

  /** @returns undefined if nothing was measured */
  medianOf(workload: WorkloadId, engine: EngineId): Figure | undefined {
    const figures = this.#of(workload, engine);
    if (figures.length === 0) return undefined;
    const numbers = figures.filter((figure) => figure !== "over");
    return numbers.length === figures.length ? median(numbers) : "over";
  }

  /**
   * The median of the rounds' own ratios: what slows a whole round down is in both of its figures.
   *
   * @returns undefined if no round has both
   */
  ratioOf(workload: WorkloadId, engine: EngineId, to: EngineId): number | undefined {
    const divisors = this.#rounds.get(keyOf(workload, to));
    const ratios: number[] = [];
    for (const [round, figure] of this.#rounds.get(keyOf(workload, engine)) ?? []) {
      const divisor = divisors?.get(round);
      if (typeof figure === "number" && typeof divisor === "number") ratios.push(figure / divisor);
    }
    return ratios.length === 0 ? undefined : median(ratios);
  }

  #of(workload: WorkloadId, engine: EngineId): readonly Figure[] {
    return [...(this.#rounds.get(keyOf(workload, engine))?.values() ?? [])];
  }
}

function keyOf(workload: WorkloadId, engine: EngineId): string {
  return `${workload} ${engine}`;
}
