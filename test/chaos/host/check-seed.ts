import { generateScenario } from "./generate.ts";
import { predict } from "./model.ts";
import { differences } from "./outcome.ts";
import { type RunReport, runScenario } from "./run-scenario.ts";
import type { Scenario } from "./scenario.ts";
import type { World } from "./world.ts";

export interface Failure {
  /** Whether it needs faults to happen. */
  readonly run: "without faults" | "with faults";
  /** A sentence for each thing that is not as it must be. */
  readonly reasons: readonly string[];
}

export interface Checked {
  readonly failure: Failure | undefined;
  readonly crashes: number;
  readonly commits: number;
}

export function checkSeed(seed: number, world: World): Promise<Checked> {
  return checkScenario(generateScenario(seed), seed, world);
}

/**
 * Runs a scenario without faults and with those of the seed. Both must end as predicted, and so as
 * each other: a fault that changes nothing but the order of things has no say in the outcome.
 */
export async function checkScenario(
  scenario: Scenario,
  seed: number,
  world: World,
): Promise<Checked> {
  const calm = await attempt(() => runScenario(scenario, world));
  const calmReasons = reasonsOf(scenario, calm);
  if (calmReasons.length > 0 || calm instanceof Error) {
    const failure = { run: "without faults", reasons: calmReasons } as const;
    return { failure, crashes: 0, commits: 0 };
  }
  const { commits } = calm;
  const stormy = await attempt(() => runScenario(scenario, world, { seed, commits }));
  const reasons = reasonsOf(scenario, stormy);
  return {
    failure: reasons.length > 0 ? { run: "with faults", reasons } : undefined,
    crashes: stormy instanceof Error ? 0 : stormy.crashes,
    commits,
  };
}

async function attempt(run: () => Promise<RunReport>): Promise<RunReport | Error> {
  try {
    return await run();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function reasonsOf(scenario: Scenario, report: RunReport | Error): string[] {
  if (report instanceof Error) return [`the run failed: ${report.stack ?? report.message}`];
  return [...differences(predict(scenario), report.outcome), ...report.broken];
}
