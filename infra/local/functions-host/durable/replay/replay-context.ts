import { guidFromName } from "./name-guid.ts";
import { Task } from "./task.ts";

/** New work that the orchestrator decided on. `id` is the event's id in the history. */
export type Decision =
  | {
      readonly kind: "activity";
      readonly id: number;
      readonly name: string;
      readonly input: string;
    }
  | { readonly kind: "timer"; readonly id: number; readonly name: ""; readonly fireAt: string }
  | {
      readonly kind: "sub-orchestration";
      readonly id: number;
      readonly name: string;
      readonly instanceId: string;
      readonly input: string | null;
      readonly version: string | undefined;
    }
  | {
      readonly kind: "event";
      readonly id: number;
      readonly name: string;
      readonly to: string;
      readonly data: string;
    };

export interface Execution {
  readonly instanceId: string;
  readonly executionId: string;
  readonly orchestrator: string;
}

/**
 * The side of a replay that DurableTask.Core calls `TaskOrchestrationContext`: it hands out event ids in
 * the order in which work is asked for, and keeps what was asked for and not seen in the history yet.
 */
export class ReplayContext {
  readonly execution: Execution;
  /** The time of the last OrchestratorStarted event. */
  now = 0;
  /** The input of the next execution, once the orchestrator asked for one. */
  next: { readonly input: string | null } | undefined;
  readonly #decisions = new Map<number, Decision>();
  readonly #parked = new Map<number, Decision>();
  readonly #open = new Map<number, Task>();
  readonly #waiting = new Map<string, Task[]>();
  readonly #buffered = new Map<string, (string | null)[]>();
  #lastId = -1;

  constructor(execution: Execution) {
    this.execution = execution;
  }

  get hasOpenTasks(): boolean {
    return this.#open.size > 0;
  }

  /** What is not in the history, in the order of the ids. */
  newDecisions(): Decision[] {
    return [...this.#decisions.values()].toSorted((a, b) => a.id - b.id);
  }

  callActivity(name: string, input: unknown): Task {
    // DurableTask passes arguments as an array; Functions activities have exactly one.
    return this.#decide((id) => ({
      kind: "activity",
      id,
      name,
      input: JSON.stringify([input ?? null]),
    }));
  }

  createTimer(fireAt: number): Task {
    return this.#decide((id) => ({
      kind: "timer",
      id,
      name: "",
      fireAt: new Date(fireAt).toISOString(),
    }));
  }

  /** The timer stays in the history, but nobody waits for it any more. */
  createCancelledTimer(fireAt: number): Task {
    const timer = this.createTimer(fireAt);
    this.#open.delete(this.#lastId);
    timer.settle({ ok: false, error: new Error("The timer was cancelled.") });
    return timer;
  }

  callSubOrchestration(
    name: string,
    instanceId: string | undefined,
    input: string | null,
    version: string | undefined,
  ): Task {
    return this.#decide((id) => ({
      kind: "sub-orchestration",
      id,
      name,
      instanceId: instanceId ?? `${this.execution.executionId}:${id}`,
      input,
      version,
    }));
  }

  /** @returns the event's id; nobody waits for a sent event */
  sendEvent(to: string, name: string, data: (id: number) => unknown): void {
    const id = this.#nextId();
    this.#decisions.set(id, { kind: "event", id, name, to, data: JSON.stringify(data(id)) });
  }

  /**
   * An id for a request that leaves this orchestration. The event id keeps it the same in every replay;
   * the time would not, because a cancelled timer lets later actions begin earlier when replayed.
   */
  requestId(eventId: number): string {
    return guidFromName(`${this.execution.executionId}:${eventId}`);
  }

  /** Waiters are a stack and compare names without case; events that come early are a queue. */
  waitForEvent(name: string): Task {
    const task = new Task();
    const key = name.toLowerCase();
    const waiting = this.#waiting.get(key) ?? [];
    waiting.push(task);
    this.#waiting.set(key, waiting);

    const buffered = this.#buffered.get(key);
    const early = buffered?.shift();
    if (early !== undefined) this.raiseEvent(name, early);
    return task;
  }

  raiseEvent(name: string, input: string | null): void {
    const key = name.toLowerCase();
    const waiter = this.#waiting.get(key)?.pop();
    if (waiter) {
      waiter.settle({ ok: true, value: input });
      return;
    }
    const buffered = this.#buffered.get(key) ?? [];
    buffered.push(input);
    this.#buffered.set(key, buffered);
  }

  /** Settles an activity, a timer or a sub-orchestration, unless nobody waits for it (any more). */
  settle(id: number, outcome: Parameters<Task["settle"]>[0]): void {
    const task = this.#open.get(id);
    this.#open.delete(id);
    task?.settle(outcome);
  }

  /** Takes the decision that the history says was made before. */
  takeDecision(id: number): Decision | undefined {
    const decision = this.#decisions.get(id);
    this.#decisions.delete(id);
    return decision;
  }

  /** What a suspended orchestration decides on waits until it is resumed. */
  parkDecisions(): void {
    for (const [id, decision] of this.#decisions) this.#parked.set(id, decision);
    this.#decisions.clear();
  }

  unparkDecisions(): void {
    for (const [id, decision] of this.#parked) this.#decisions.set(id, decision);
    this.#parked.clear();
  }

  #decide(decision: (id: number) => Decision): Task {
    const id = this.#nextId();
    const task = new Task();
    this.#decisions.set(id, decision(id));
    this.#open.set(id, task);
    return task;
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}
