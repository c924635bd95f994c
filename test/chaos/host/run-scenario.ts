import { forgetEffects } from "./app/effects.ts";
import { checkHistories } from "./check-history.ts";
import { Clients } from "./clients.ts";
import { FragileHub } from "./fragile-hub.ts";
import { observe } from "./observe.ts";
import type { Outcome } from "./outcome.ts";
import type { Scenario } from "./scenario.ts";
import { SteppedTime } from "./stepped-time.ts";
import type { FaultPlan, World } from "./world.ts";

export interface RunReport {
  readonly outcome: Outcome;
  readonly commits: number;
  readonly crashes: number;
  /** What must hold whatever the outcome is: a sentence for each thing that does not. */
  readonly broken: readonly string[];
}

const BEGINNING = Date.parse("2030-01-01T00:00:00Z");
/** Many times what any scenario needs. */
const MOST_JUMPS = 20_000;

/** Lets a task hub live through a scenario, in virtual time, and looks at what is left. */
export async function runScenario(
  scenario: Scenario,
  world: World,
  faults?: FaultPlan,
): Promise<RunReport> {
  forgetEffects();
  const time = new SteppedTime(BEGINNING);
  const data = world.openStore();
  const settings = { ...world.settings, ...scenario.limits };
  const hub = new FragileHub({ app: world.app, settings, clock: time.clock, data, faults });
  try {
    new Clients(scenario, time.clock, hub).begin();
    const endless = await live(time, hub);
    const store = hub.store;
    const left = store.messages().map(({ to, body }) => `message left: ${body.kind} to ${to}`);
    return {
      outcome: observe(store),
      commits: hub.commits,
      crashes: hub.crashes,
      broken: [...endless, ...left, ...hub.unannounced(), ...checkHistories(store)],
    };
  } finally {
    await hub.stop();
    data.discard();
  }
}

/** To the end of all appointments. The hub that crashed is replaced before time goes on. */
async function live(time: SteppedTime, hub: FragileHub): Promise<string[]> {
  for (let jumps = 0; jumps < MOST_JUMPS; jumps += 1) {
    await time.rest();
    while (hub.isToRestart) {
      await hub.restart();
      await time.rest();
    }
    if (!time.jump()) return [];
  }
  return ["the scenario does not come to an end"];
}
