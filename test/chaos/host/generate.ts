import { Random } from "../random.ts";
import { generateProgram } from "./generate-program.ts";
import { longestMinutes } from "./model.ts";
import type { Program, Step } from "./program.ts";
import type { RaisedAt, Root, Scenario } from "./scenario.ts";
import { LONGEST_DELAY_MS } from "./seeded-faults.ts";

/** The last event of a root comes at most so long after its start. */
const LAST_EVENT_MINUTE = 300;
/** Longer than all delays, retries and restarts of one run together. */
const SURELY_LATER_MINUTES = 600;
const FORTY_DAYS_MINUTES = 40 * 24 * 60;

/** Makes a scenario whose outcome does not depend on what happens first, but where hours lie between. */
export function generateScenario(seed: number): Scenario {
  const random = new Random(seed);
  const counters = random.times(random.between(1, 3), (index) => `c${index}`);
  return {
    roots: random.times(random.between(1, 3), (index) => makeRoot(`r${index}`, random, counters)),
    signals: random.times(random.between(0, 2), () => ({
      counter: random.pick(counters),
      value: random.between(1, 9),
      atMinute: random.between(0, LAST_EVENT_MINUTE),
    })),
    limits: {
      maxConcurrentActivityFunctions: random.pick([1, 2, 10]),
      maxConcurrentOrchestratorFunctions: random.pick([1, 2, 10]),
      maxEntityOperationBatchSize: random.pick([1, 3, 50]),
    },
  };
}

/** What a root is like beside its steps. */
interface Nature {
  readonly isLoop: boolean;
  readonly isSuspended: boolean;
  readonly isTerminated: boolean;
  readonly items: number;
}

function makeNature(random: Random): Nature {
  const isLoop = random.happens(25);
  const isSuspended = random.happens(20);
  return {
    isLoop,
    isSuspended,
    isTerminated: !isSuspended && !isLoop && random.happens(15),
    items: !isLoop && random.happens(20) ? random.between(2, 4) : 0,
  };
}

function makeRoot(id: string, random: Random, counters: readonly string[]): Root {
  const startsAtMinute = random.pick([0, 0, random.between(1, 60)]);
  const nature = makeNature(random);
  const made = generateProgram(id, random, {
    counters,
    depth: 0,
    // Continue-as-new drops events that nobody waits for, in Azure too.
    mayHaveEvents: !nature.isLoop && nature.items === 0,
    mayRace: !nature.isSuspended,
  });
  const program: Program = {
    ...made,
    items: nature.items,
    rounds: nature.isLoop ? random.between(2, 4) : 1,
    fails: !nature.isTerminated && random.happens(10),
    steps: nature.isTerminated ? [...made.steps, endlessTimer(made)] : made.steps,
  };
  const length = LAST_EVENT_MINUTE + Math.ceil(longestMinutes(made) * program.rounds);
  const suspension = {
    fromMinute: startsAtMinute + random.pick([0, random.between(0, length)]) + moment(random),
    minutes: random.between(1, SURELY_LATER_MINUTES),
  };
  const events = eventsOf(program, startsAtMinute, random);
  const end = startsAtMinute + length + SURELY_LATER_MINUTES;
  return {
    id,
    program,
    startsAtMinute,
    events,
    suspension: nature.isSuspended ? suspension : undefined,
    terminatesAtMinute: nature.isTerminated ? end : undefined,
  };
}

/** So little time that something delayed may come before or after it. */
function moment(random: Random): number {
  return random.pick([0, 0, random.between(1, LONGEST_DELAY_MS) / 60_000]);
}

/** What a terminated root waits in after its last step: surely longer than until its termination. */
function endlessTimer(before: Program): Step {
  return { do: "timer", minutes: Math.ceil(longestMinutes(before)) + FORTY_DAYS_MINUTES };
}

/** One for each wait: some come long before it, some after. */
function eventsOf(program: Program, from: number, random: Random): RaisedAt[] {
  const burst = random.between(0, LAST_EVENT_MINUTE);
  const raise = (name: string): RaisedAt => {
    const minute = random.pick([0, burst, random.between(0, LAST_EVENT_MINUTE)]);
    return { name, value: random.between(1, 99), atMinute: from + minute + moment(random) };
  };
  const items = random.times(program.items, () => raise("item"));
  const others = program.steps.flatMap(awaitedBy).map(raise);
  return [...items, ...others].toSorted((a, b) => a.atMinute - b.atMinute);
}

/** The names of events, each as often as it is waited for. A race that an event loses waits in vain. */
function awaitedBy(step: Step): string[] {
  if (step.do === "gather") return Array.from({ length: step.count }, () => step.name);
  if (step.do === "all") return step.of.flatMap(awaitedBy);
  if (step.do === "race") return step.winner === "work" ? awaitedBy(step.work) : [];
  return step.do === "event" ? [step.name] : [];
}
