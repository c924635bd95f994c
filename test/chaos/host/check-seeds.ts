import { checkScenario, checkSeed, type Failure } from "./check-seed.ts";
import { generateScenario } from "./generate.ts";
import type { Scenario } from "./scenario.ts";
import { shrink } from "./shrink.ts";
import type { World } from "./world.ts";

export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** After so many that fail, the others are not tried. */
  readonly mostFailures: number;
}

export interface FailedSeed {
  readonly seed: number;
  readonly failure: Failure;
  /** What is left of the scenario when nothing can be left out any more. */
  readonly smallest: Scenario;
}

export interface SeedsReport {
  readonly seeds: number;
  readonly commits: number;
  readonly crashes: number;
  readonly failed: readonly FailedSeed[];
}

export async function checkSeeds(
  { from, count, mostFailures }: SeedRange,
  world: World,
  progress: (done: number) => void,
): Promise<SeedsReport> {
  const failed: FailedSeed[] = [];
  let [seeds, commits, crashes] = [0, 0, 0];
  while (seeds < count && failed.length < mostFailures) {
    const seed = from + seeds;
    const checked = await checkSeed(seed, world);
    seeds += 1;
    commits += checked.commits;
    crashes += checked.crashes;
    if (checked.failure) failed.push(await explain(seed, checked.failure, world));
    progress(seeds);
  }
  return { seeds, commits, crashes, failed };
}

async function explain(seed: number, failure: Failure, world: World): Promise<FailedSeed> {
  const smallest = await shrink(generateScenario(seed), async (candidate) => {
    const { failure: again } = await checkScenario(candidate, seed, world);
    return again !== undefined;
  });
  return { seed, failure, smallest };
}
