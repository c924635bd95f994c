import { setImmediate } from "node:timers/promises";

import type { FunctionApp } from "../app/function-app.ts";
import type { Clock } from "../../program/clock/clock.ts";
import type { Faults } from "../faults.ts";
import type { Log } from "../log.ts";
import type { DurableTaskSettings } from "../settings/host-json.ts";
import { runActivity } from "./activity-step.ts";
import { stepEntity } from "./entity-step.ts";
import { isEntityId } from "./instance.ts";
import type { BodyOf, Message } from "./message.ts";
import { stepOrchestration } from "./orchestration-step.ts";
import { Slots } from "./slots.ts";
import type { Store, WorkItem } from "./store/store.ts";

export interface TaskHubOptions {
  readonly store: Store;
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly log: Log;
  readonly settings: DurableTaskSettings;
}

/** After a step that could not be stored, a full disk say. */
const RETRY_AFTER_MS = 1000;

/**
 * Moves messages to where they are worked on: each instance and each entity has a lane of its own and
 * is worked on by one step at a time; activities run side by side.
 *
 * The store has every message until the step that consumed it is committed, so that after a crash
 * `start` begins again with exactly the steps that were not.
 */
export class TaskHub {
  readonly store: Store;
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly settings: DurableTaskSettings;
  readonly #faults: Faults;
  readonly #log: Log;
  readonly #lanes = new Map<string, Message[]>();
  readonly #busy = new Set<string>();
  readonly #timers = new Set<() => void>();
  readonly #running = new Set<Promise<void>>();
  readonly #orchestrationSlots: Slots;
  readonly #activitySlots: Slots;
  #isStopped = true;

  constructor(options: TaskHubOptions) {
    this.store = options.store;
    this.app = options.app;
    this.clock = options.clock;
    this.settings = options.settings;
    this.#faults = options.faults;
    this.#log = options.log;
    this.#orchestrationSlots = new Slots(options.settings.maxConcurrentOrchestratorFunctions);
    this.#activitySlots = new Slots(options.settings.maxConcurrentActivityFunctions);
  }

  /** Goes on with everything that is stored. */
  start(): void {
    this.#isStopped = false;
    for (const message of this.store.messages()) this.#deliver(message);
  }

  /** Begins no more steps, and waits for those that run. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    await Promise.allSettled(this.#running);
  }

  /** Stores a work item and sends its messages on their way. */
  commit(work: WorkItem): void {
    for (const message of this.store.commit(work)) this.#deliver(message);
  }

  /** Takes away what waits for an instance that has ended: nobody will work on it. */
  takeWaiting(id: string): readonly Message[] {
    const waiting = this.#lanes.get(id) ?? [];
    this.#lanes.delete(id);
    return waiting;
  }

  #deliver(message: Message): void {
    if (this.#isStopped) return;
    if (message.due !== null && message.due > this.clock.now()) {
      this.#deliverAt(message.due, message);
    } else if (message.body.kind === "activity") {
      const { body } = message;
      this.#track(this.#activitySlots.run(() => this.#runActivity(message, body)));
    } else {
      this.#enqueue(message);
    }
  }

  #deliverAt(due: number, message: Message): void {
    const cancel = this.clock.at(due, () => {
      this.#timers.delete(cancel);
      this.#deliver({ ...message, due: null });
    });
    this.#timers.add(cancel);
  }

  #enqueue(message: Message): void {
    const lane = this.#lanes.get(message.to);
    if (lane) lane.push(message);
    else this.#lanes.set(message.to, [message]);
    if (this.#busy.has(message.to)) return;
    this.#busy.add(message.to);
    this.#track(this.#orchestrationSlots.run(() => this.#drain(message.to)));
  }

  async #drain(id: string): Promise<void> {
    try {
      for (;;) {
        // Lets requests and activities in between, and messages that belong together arrive.
        await setImmediate();
        const batch = this.#isStopped ? [] : this.#takeBatch(id);
        if (batch.length === 0) return;
        await this.#attempt(batch, () => this.#step(id, batch));
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  #takeBatch(id: string): Message[] {
    const lane = this.#lanes.get(id) ?? [];
    const limit = isEntityId(id) ? this.settings.maxEntityOperationBatchSize : lane.length;
    const batch = lane.splice(0, limit);
    if (lane.length === 0) this.#lanes.delete(id);
    return batch;
  }

  async #step(id: string, batch: readonly Message[]): Promise<void> {
    if (isEntityId(id)) {
      this.commit(await stepEntity(id, batch, this));
      return;
    }
    const defaultVersion = this.settings.defaultVersion ?? "";
    const work = await stepOrchestration(id, batch, {
      app: this.app,
      store: this.store,
      clock: this.clock,
      defaultVersion,
    });
    const subject = `orchestration:${work.instance?.name ?? ""}`;
    if (work.instance) this.#faults.reached("before-commit", subject);
    this.commit(work);
    if (work.instance) this.#faults.reached("after-commit", subject);
  }

  async #runActivity(message: Message, activity: BodyOf<"activity">): Promise<void> {
    if (this.#isStopped || !this.store.instance(message.to)) return;
    await this.#attempt([message], async () => {
      const answer = await runActivity(message, activity, { app: this.app, log: this.#log });
      this.#faults.reached("before-commit", activity.name);
      this.commit({ consumed: [message.sequence], send: [answer] });
      this.#faults.reached("after-commit", activity.name);
    });
  }

  async #attempt(batch: readonly Message[], step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      // The store may be closed by then; the messages are in it, and come again at the next start.
      if (this.#isStopped) return;
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log.write(
        "error",
        "Host.Triggers.DurableTask",
        `A step failed and is tried again: ${reason}`,
      );
      for (const message of batch) {
        this.#deliverAt(this.clock.now() + RETRY_AFTER_MS, message);
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}
