import { setImmediate } from "node:timers/promises";

import type { FunctionApp } from "../app/function-app.ts";
import type { Clock } from "../../program/clock/clock.ts";
import type { Faults } from "./faults.ts";
import type { Ids } from "../ids.ts";
import type { Log } from "../log.ts";
import type { DurableTaskSettings } from "../settings/host-json.ts";
import { runActivity } from "./activity-step.ts";
import { stepEntity } from "./entity-step.ts";
import type { Diagnostics } from "./diagnostics/diagnostics.ts";
import { ExecutionCache } from "./execution-cache.ts";
import { Gathering } from "./gathering.ts";
import { isEntityId, parseEntityId } from "./instance.ts";
import { Lanes } from "./lanes.ts";
import type { BodyOf, Message } from "./message.ts";
import { stepOrchestration } from "./orchestration-step.ts";
import { Slots } from "./slots.ts";
import type { Store, WorkItem } from "./store/store.ts";
import { stackOf } from "../../program/reason-of.ts";

export interface TaskHubOptions {
  readonly store: Store;
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly faults: Faults;
  readonly log: Log;
  readonly settings: DurableTaskSettings;
  readonly diagnostics?: Diagnostics | undefined;
}

/** A message on its way. */
interface Delivery extends Message {
  /** Settles when that it was sent survives the machine. */
  readonly onDisk: Promise<void> | undefined;
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
  readonly ids: Ids;
  readonly settings: DurableTaskSettings;
  readonly #faults: Faults;
  readonly #log: Log;
  readonly #lanes = new Lanes<Delivery>();
  readonly #busy = new Set<string>();
  readonly #timers = new Set<() => void>();
  readonly #waitingForRest: (() => void)[] = [];
  /** How many drains and activities have begun or wait for a slot. */
  #tasks = 0;
  #release: () => void = () => undefined;
  readonly #diagnostics: Diagnostics | undefined;
  readonly #executions = new ExecutionCache();
  readonly #gathering: Gathering;
  readonly #orchestrationSlots: Slots;
  readonly #activitySlots: Slots;
  #isStopped = true;

  constructor(options: TaskHubOptions) {
    this.store = options.store;
    this.app = options.app;
    this.clock = options.clock;
    this.ids = options.ids;
    this.settings = options.settings;
    this.#faults = options.faults;
    this.#log = options.log;
    this.#diagnostics = options.diagnostics;
    this.#gathering = new Gathering(options.clock);
    this.#orchestrationSlots = new Slots(options.settings.maxConcurrentOrchestratorFunctions);
    this.#activitySlots = new Slots(options.settings.maxConcurrentActivityFunctions);
  }

  /** Goes on with everything that is stored. */
  start(): void {
    this.#isStopped = false;
    const onDisk = this.#onDisk();
    for (const message of this.store.messages()) this.#deliver({ ...message, onDisk });
  }

  /** Begins no more steps, and waits for those that run. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    if (this.#tasks === 0) return;
    await new Promise<void>((resolve) => {
      this.#waitingForRest.push(resolve);
    });
  }

  /**
   * Stores a work item and sends its messages on their way.
   *
   * @param subject who commits, for faults
   */
  commit(work: WorkItem, subject = "client"): void {
    this.#faults.reached("before-commit", subject);
    const sent = this.store.commit(work);
    this.#faults.reached("after-commit", subject);
    const onDisk = sent.some(isSeenOutside) ? this.#onDisk() : undefined;
    for (const message of sent) this.#deliver({ ...message, onDisk });
  }

  /** Who waits for it is told of its failure; the others need not know. */
  #onDisk(): Promise<void> {
    const flushed = this.store.flush();
    flushed.catch(() => undefined);
    return flushed;
  }

  /** Takes away what waits for an instance that has ended: nobody will work on it. */
  takeWaiting(id: string): readonly Message[] {
    return this.#lanes.take(id);
  }

  #deliver(message: Delivery): void {
    if (this.#isStopped) return;
    if (message.due !== null && message.due > this.clock.now()) {
      this.#handOverAt(message.due, message);
      return;
    }
    const [first = 0, ...again] = this.#faults.deliveries(message);
    this.#handOverAfter(first, message);
    // Only activities may run twice: their second result is recognised. A queue would do that to them, too.
    if (message.body.kind !== "activity") return;
    for (const delay of again) this.#handOverAfter(delay, message);
  }

  #handOverAfter(delay: number, message: Delivery): void {
    if (delay > 0) this.#handOverAt(this.clock.now() + delay, message);
    else this.#handOver(message);
  }

  #handOverAt(due: number, message: Delivery): void {
    const cancel = this.clock.at(due, () => {
      this.#timers.delete(cancel);
      if (message.due === null) this.#handOver(message);
      else this.#deliver({ ...message, due: null });
    });
    this.#timers.add(cancel);
  }

  #handOver(message: Delivery): void {
    if (this.#isStopped) return;
    const { body, to } = message;
    if (body.kind !== "activity") {
      this.#enqueue(message);
      return;
    }
    this.#gathering.expect(to);
    this.#takeOn(this.#activitySlots, async () => {
      await this.#runActivity(message, body);
      this.#gathering.arrived(to);
    });
  }

  #enqueue(message: Delivery): void {
    this.#lanes.push(message.to, message);
    if (this.#busy.has(message.to)) return;
    this.#busy.add(message.to);
    this.#takeOn(this.#orchestrationSlots, () => this.#drain(message.to));
  }

  async #drain(id: string): Promise<void> {
    try {
      for (;;) {
        // Lets requests and activities in between, and messages that belong together arrive.
        await setImmediate();
        await this.#gathering.wait(id, this.#executions.sizeOf(id), () => this.#lanes.lengthOf(id));
        const batch = this.#isStopped ? [] : this.#takeBatch(id);
        if (batch.length === 0) return;
        const isDone = await this.#attempt(batch, () => this.#step(id, batch));
        if (!isDone || this.#lanes.lengthOf(id) === 0) return;
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  #takeBatch(id: string): Delivery[] {
    const limit = isEntityId(id) ? this.settings.maxEntityOperationBatchSize : Infinity;
    return this.#lanes.take(id, limit);
  }

  /** @returns false if the batch has to wait for another message */
  async #step(id: string, batch: readonly Delivery[]): Promise<boolean> {
    if (isEntityId(id)) {
      for (const { onDisk } of batch) await onDisk;
      const { name } = parseEntityId(id);
      this.commit(await stepEntity(id, batch, this), `entity:${name}`);
      return true;
    }
    const step = await stepOrchestration(id, batch, {
      app: this.app,
      store: this.store,
      clock: this.clock,
      ids: this.ids,
      executions: this.#executions,
      versions: this.settings,
      diagnostics: this.#diagnostics,
    });
    if (typeof step === "string") {
      this.#log.write(
        step === "for its start" ? "debug" : "warning",
        "Host.Triggers.DurableTask",
        `The messages for instance '${id}' wait ${step}.`,
      );
      const arrived = this.#lanes.lengthOf(id);
      this.#lanes.putBack(id, batch);
      return arrived > 0;
    }
    const { work, execution } = step;
    if (work.instance) this.commit(work, `orchestration:${work.instance.name}`);
    else this.commit(work, "orchestration:");
    if (execution) this.#executions.put(id, execution);
    return true;
  }

  async #runActivity(message: Delivery, activity: BodyOf<"activity">): Promise<void> {
    if (this.#isStopped) return;
    const fault = this.#faults.call(activity.name);
    if (fault === "hang") return;
    await this.#attempt([message], async () => {
      // Purged since.
      if (!this.store.instance(message.to)) return true;
      await message.onDisk;
      const answer = await runActivity(message, activity, {
        app: this.app,
        log: this.#log,
        ids: this.ids,
        isToFail: fault === "fail",
      });
      this.commit({ consumed: [message.sequence], send: [answer] }, activity.name);
      return true;
    });
  }

  /** @returns what the step returned; false if it failed and its messages come again */
  async #attempt(batch: readonly Delivery[], step: () => Promise<boolean>): Promise<boolean> {
    try {
      return await step();
    } catch (error) {
      // The store may be closed by then; the messages are in it, and come again at the next start.
      if (this.#isStopped) return false;
      const reason = stackOf(error);
      this.#log.write(
        "error",
        "Host.Triggers.DurableTask",
        `A step failed and is tried again: ${reason}`,
      );
      for (const message of batch) {
        this.#handOverAt(this.clock.now() + RETRY_AFTER_MS, { ...message, due: null });
      }
      return false;
    }
  }

  /** The clock stands still, and a stop waits, until all that was taken on is done. */
  #takeOn(slots: Slots, work: () => Promise<void>): void {
    if (this.#tasks === 0) this.#release = this.clock.hold();
    this.#tasks += 1;
    slots.run(async () => {
      try {
        await work();
      } finally {
        this.#tasks -= 1;
        if (this.#tasks === 0) this.#rest();
      }
    });
  }

  #rest(): void {
    this.#release();
    for (const tell of this.#waitingForRest.splice(0)) tell();
  }
}

/** What activities and entities do is seen outside: that they were asked to may not be forgotten after it. */
function isSeenOutside({ body }: Message): boolean {
  return body.kind === "activity" || body.kind === "operation";
}
