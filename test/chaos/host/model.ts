import { compare, type Ending, type Outcome, sortEndings } from "./outcome.ts";
import {
  DOOMED_ATTEMPTS,
  effectOf,
  FAILURE_TEXT,
  FLAKY_ATTEMPTS,
  isWork,
  type LogEntry,
  ORCHESTRATION,
  type Program,
  resultOf,
  RETRY_INTERVAL_MS,
  type Step,
  type SubProgram,
  type Work,
} from "./program.ts";
import { type Root, type Scenario, TERMINATION_REASON } from "./scenario.ts";

const RETRY_MINUTES = RETRY_INTERVAL_MS / 60_000;

/** What Durable Functions promises for a scenario, worked out without any host. */
export function predict({ roots, signals }: Scenario): Outcome {
  const world = new World();
  for (const { counter, value } of signals) world.count(counter, value);
  for (const root of roots) world.runRoot(root);
  return world.outcome();
}

/** How long a program takes at most after all its events have come, in minutes of its own timers and retries. */
export function longestMinutes(program: Program): number {
  const round = program.steps.reduce((sum, step) => sum + minutesOf(step), 0);
  return round * program.rounds;
}

function minutesOf(step: Step): number {
  if (step.do === "all" || step.do === "any") return Math.max(...step.of.map(minutesOfWork));
  if (step.do === "race") return step.minutes;
  return isWork(step) ? minutesOfWork(step) : 0;
}

function minutesOfWork(work: Work): number {
  if (work.do === "timer") return work.minutes;
  if (work.do === "flaky") return FLAKY_ATTEMPTS * RETRY_MINUTES;
  if (work.do === "doomed") return DOOMED_ATTEMPTS * RETRY_MINUTES;
  if (work.do === "sub") return work.attempts * (longestMinutes(work.program) + RETRY_MINUTES);
  return 0;
}

interface Run {
  readonly succeeds: boolean;
  readonly output: LogEntry[];
}

class World {
  readonly #endings = new Map<string, Ending>();
  readonly #counters = new Map<string, { sum: number; operations: number }>();
  readonly #journals = new Map<string, number[]>();
  readonly #effects = new Set<string>();
  readonly #events = new Map<string, number[]>();

  runRoot({ id, program, events, terminatesAtMinute }: Root): void {
    this.#events.clear();
    for (const { name, value } of events) {
      this.#events.set(name, [...(this.#events.get(name) ?? []), value]);
    }
    this.#run(program, id);
    const ending = this.#endings.get(id);
    if (terminatesAtMinute === undefined || !ending) return;
    this.#endings.set(id, { ...ending, status: "Terminated", output: TERMINATION_REASON });
  }

  count(counter: string, value: number): void {
    const { sum, operations } = this.#counters.get(counter) ?? { sum: 0, operations: 0 };
    this.#counters.set(counter, { sum: sum + value, operations: operations + 1 });
  }

  outcome(): Outcome {
    const counters = [...this.#counters].map(([key, state]) => [`@counter@${key}`, state] as const);
    const journals = [...this.#journals].map(([key, state]) => [`@journal@${key}`, state] as const);
    const entities = [...counters, ...journals].toSorted(([a], [b]) => compare(a, b));
    return {
      endings: sortEndings(this.#endings.values()),
      entities: Object.fromEntries(entities.map(([id, state]) => [id, JSON.stringify(state)])),
      effects: [...this.#effects].toSorted(compare),
    };
  }

  #run(program: Program, id: string): Run {
    const log: LogEntry[] = this.#take("item", program.items);
    let customStatus: string | null = null;
    for (let round = 1; round <= program.rounds; round += 1) {
      for (const step of program.steps) {
        if (step.do === "status") customStatus = JSON.stringify(step.value);
        else log.push(...this.#entriesOf(step, round));
      }
    }
    const end = program.fails
      ? {
          status: "Failed",
          output: `Orchestrator function '${ORCHESTRATION}' failed: ${FAILURE_TEXT}`,
        }
      : { status: "Completed", output: JSON.stringify(log) };
    this.#endings.set(id, { key: program.key, ...end, customStatus });
    return { succeeds: !program.fails, output: log };
  }

  #entriesOf(step: Exclude<Step, { do: "status" }>, round: number): LogEntry[] {
    if (isWork(step)) return [this.#resultOf(step, round)];
    switch (step.do) {
      case "all":
        return [this.#resultsOf(step.of, round)];
      case "any":
        this.#resultsOf(step.of, round);
        return ["any"];
      case "race":
        return [step.winner === "timer" ? "timeout" : this.#resultOf(step.work, round)];
      case "signal":
        this.count(step.counter, step.value);
        return [];
      case "relay":
        this.count(step.counter, step.value);
        this.count(`${step.counter}-next`, step.value);
        return [];
      case "journal":
        return step.values.map((value) => this.#append(step.key, value));
      case "gather":
        return [this.#take(step.name, step.count)];
    }
  }

  #resultsOf(works: readonly Work[], round: number): LogEntry[] {
    return works.map((work) => this.#resultOf(work, round));
  }

  #resultOf(work: Work, round: number): LogEntry {
    switch (work.do) {
      case "activity":
      case "flaky":
        this.#effects.add(effectOf(work.key, round));
        return resultOf(work.value);
      case "doomed":
        this.#effects.add(effectOf(work.key, round));
        return "failed";
      case "timer":
        return "none";
      case "event":
        return this.#take(work.name, 1)[0] ?? "none";
      case "call":
        this.count(work.counter, work.value);
        return work.value;
      case "sub":
        return this.#runSub(work);
    }
  }

  #runSub({ program, id, attempts }: SubProgram): LogEntry {
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      // Without an id of its own each start is another instance.
      const { succeeds, output } = this.#run(program, id ?? `${program.key}/${this.#endings.size}`);
      if (succeeds) return output;
    }
    return "failed";
  }

  #append(journal: string, value: number): number {
    const entries = [...(this.#journals.get(journal) ?? []), value];
    this.#journals.set(journal, entries);
    return entries.length;
  }

  /** Which of them comes first is nothing that an outcome may depend on. */
  #take(name: string, count: number): number[] {
    const taken = this.#events.get(name)?.splice(0, count) ?? [];
    return taken.toSorted((a, b) => a - b);
  }
}
