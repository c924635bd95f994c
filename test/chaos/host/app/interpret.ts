import { EntityId, type OrchestrationContext, RetryOptions, type Task } from "durable-functions";

import {
  DOOMED_ATTEMPTS,
  effectOf,
  FAILURE_TEXT,
  FLAKY_ATTEMPTS,
  isWork,
  type LogEntry,
  ORCHESTRATION,
  beginningOf,
  type Progress,
  RETRY_INTERVAL_MS,
  type Step,
  type SubProgram,
  type Work,
} from "../program.ts";

const MINUTE_MS = 60_000;

type Steps = Generator<Task, void, unknown>;

/** Does what its program says, and returns what came of each step. */
export function* interpret(context: OrchestrationContext): Generator<Task, unknown, unknown> {
  const progress = context.df.getInput<Progress>();
  const { program, items, round } = progress;
  if (items.length < program.items) {
    const item = Number(yield context.df.waitForExternalEvent("item"));
    context.df.continueAsNew({ ...progress, items: [...items, item] });
    return undefined;
  }

  const run = new Run(context, progress);
  for (const step of program.steps) yield* run.take(step);
  if (round < program.rounds) {
    context.df.continueAsNew({ ...progress, round: round + 1, log: run.log });
    return undefined;
  }
  if (program.fails) throw new Error(FAILURE_TEXT);
  return [...items.toSorted((a, b) => a - b), ...run.log];
}

/** One execution of the steps. */
class Run {
  readonly log: LogEntry[];
  readonly #df: OrchestrationContext["df"];
  readonly #round: number;

  constructor(context: OrchestrationContext, { log, round }: Progress) {
    this.#df = context.df;
    this.#round = round;
    this.log = [...log];
  }

  *take(step: Step): Steps {
    if (isWork(step)) {
      yield* this.#wait(step);
      return;
    }
    switch (step.do) {
      case "all":
        yield* this.#all(step.of);
        return;
      case "any":
        yield this.#df.Task.any(step.of.map((work) => this.#begin(work)));
        this.log.push("any");
        return;
      case "race":
        yield* this.#race(step);
        return;
      case "signal":
      case "relay":
        this.#df.signalEntity(counter(step.counter), step.do, step.value);
        return;
      case "journal":
        yield* this.#journal(step);
        return;
      case "gather":
        yield* this.#gather(step);
        return;
      case "status":
        this.#df.setCustomStatus(step.value);
    }
  }

  *#wait(work: Work): Steps {
    try {
      this.log.push(toEntry(yield this.#begin(work), work));
    } catch {
      this.log.push("failed");
    }
  }

  *#all(works: readonly Work[]): Steps {
    const results = yield this.#df.Task.all(works.map((work) => this.#begin(work)));
    const list: unknown[] = Array.isArray(results) ? results : [];
    this.log.push(works.map((work, index) => toEntry(list[index], work)));
  }

  *#race({ work, minutes }: Extract<Step, { do: "race" }>): Steps {
    const timer = this.#timer(minutes);
    const contender = this.#begin(work);
    const winner = yield this.#df.Task.any([contender, timer]);
    if (winner !== timer) {
      timer.cancel();
      this.log.push(toEntry(contender.result, work));
      return;
    }
    if ("cancel" in contender && typeof contender.cancel === "function") contender.cancel();
    this.log.push("timeout");
  }

  *#journal({ key, values }: Extract<Step, { do: "journal" }>): Steps {
    const journal = new EntityId("journal", key);
    for (const value of values) {
      this.log.push(Number(yield this.#df.callEntity(journal, "append", value)));
    }
  }

  *#gather({ name, count }: Extract<Step, { do: "gather" }>): Steps {
    const values: number[] = [];
    while (values.length < count) values.push(Number(yield this.#df.waitForExternalEvent(name)));
    this.log.push(values.toSorted((a, b) => a - b));
  }

  #begin(work: Work): Task {
    switch (work.do) {
      case "activity":
        return this.#df.callActivity("record", { ...work, effect: this.#effect(work.key) });
      case "flaky": {
        const input = { ...work, effect: this.#effect(work.key) };
        return this.#df.callActivityWithRetry("flaky", retry(FLAKY_ATTEMPTS), input);
      }
      case "doomed": {
        const input = { effect: this.#effect(work.key) };
        return this.#df.callActivityWithRetry("doomed", retry(DOOMED_ATTEMPTS), input);
      }
      case "timer":
        return this.#timer(work.minutes);
      case "event":
        return this.#df.waitForExternalEvent(work.name);
      case "call":
        return this.#df.callEntity(counter(work.counter), "add", work.value);
      case "sub":
        return this.#callSub(work);
    }
  }

  #callSub({ program, id, attempts }: SubProgram): Task {
    const input = beginningOf(program);
    const instanceId = id ?? undefined;
    return attempts > 1
      ? this.#df.callSubOrchestratorWithRetry(ORCHESTRATION, retry(attempts), input, instanceId)
      : this.#df.callSubOrchestrator(ORCHESTRATION, input, instanceId);
  }

  #timer(minutes: number) {
    const now = this.#df.currentUtcDateTime.getTime();
    return this.#df.createTimer(new Date(now + minutes * MINUTE_MS));
  }

  #effect(key: string): string {
    return effectOf(key, this.#round);
  }
}

/** A timer has no result, and a split one has several times none. */
function toEntry(result: unknown, { do: kind }: Work): LogEntry {
  if (kind === "timer") return "none";
  if (typeof result === "number") return result;
  return Array.isArray(result) ? result.map(toLogEntry) : "not a result";
}

/** What a sub-orchestration returned, which was a log. */
function toLogEntry(value: unknown): LogEntry {
  if (typeof value === "number" || typeof value === "string") return value;
  return Array.isArray(value) ? value.map(toLogEntry) : "not an entry";
}

function counter(key: string): EntityId {
  return new EntityId("counter", key);
}

function retry(attempts: number): RetryOptions {
  return new RetryOptions(RETRY_INTERVAL_MS, attempts);
}
