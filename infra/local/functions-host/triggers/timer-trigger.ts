import { z } from "zod";

import type { FunctionApp } from "../app/function-app.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import type { RetryContext } from "../app/rpc.ts";
import { UsageError } from "../../program/usage-error.ts";
import type { Clock } from "../../program/clock/clock.ts";
import type { Log } from "../log.ts";
import { resolveSettings } from "../settings/expressions.ts";
import { parseSchedule, type Schedule } from "./ncrontab.ts";
import type { Outputs } from "./outputs.ts";
import { runWithRetry } from "./run-with-retry.ts";
import type { TimerStatuses } from "./timer-statuses.ts";

export interface TimerTriggerOptions {
  readonly app: FunctionApp;
  readonly clock: Clock;
  readonly statuses: TimerStatuses;
  readonly outputs: Outputs;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

const TimerBinding = z.looseObject({
  schedule: z.string(),
  runOnStartup: z.boolean().nullish(),
  useMonitor: z.boolean().nullish(),
});

/** A late timer says so, as the runtime does beyond this. */
const LATE_AFTER_MS = 1000;

/** Schedules that fire more often than this are not worth keeping over a restart (TimerTriggerAttribute.cs). */
const MONITORED_FROM_MS = 60_000;

/** Runs one function by its schedule; a run that takes longer than the schedule delays the next. */
export class TimerTrigger {
  readonly #fn: AppFunction;
  readonly #options: TimerTriggerOptions;
  readonly #schedule: Schedule;
  readonly #runOnStartup: boolean;
  readonly #isMonitored: boolean;
  readonly #stop = new AbortController();
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  /** @throws {UsageError} if the schedule is not right */
  constructor(fn: AppFunction, options: TimerTriggerOptions) {
    this.#fn = fn;
    this.#options = options;
    const binding = TimerBinding.safeParse(fn.trigger);
    if (!binding.success) {
      throw new UsageError(`Function '${fn.name}': ${z.prettifyError(binding.error)}`);
    }
    const { schedule, runOnStartup, useMonitor } = binding.data;
    const where = `The schedule of function '${fn.name}'`;
    this.#schedule = scheduleOf(fn, resolveSettings(schedule, options.env, where));
    this.#runOnStartup = runOnStartup ?? false;
    this.#isMonitored = (useMonitor ?? true) && this.#period() >= MONITORED_FROM_MS;
  }

  start(): void {
    const now = this.#options.clock.now();
    const missed = this.#isMonitored ? this.#missedBefore(now) : undefined;
    if (missed) this.#running = this.#fire(missed);
    else if (this.#runOnStartup) this.#running = this.#fire(new Date(now));
    else this.#wait();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancel();
    await this.#running;
  }

  /** The time that passed while the host was not running, if there is one. */
  #missedBefore(now: number): Date | undefined {
    const next = this.#options.statuses.nextOf(this.#fn.name);
    return next && next.getTime() < now ? next : undefined;
  }

  #wait(): void {
    if (this.#stop.signal.aborted) return;
    const due = this.#schedule.next(new Date(this.#options.clock.now()));
    if (!due) return;
    if (this.#isMonitored) this.#options.statuses.setNext(this.#fn.name, due);
    this.#cancel = this.#options.clock.at(due.getTime(), () => {
      this.#running = this.#fire(due);
    });
  }

  async #fire(due: Date): Promise<void> {
    try {
      await runWithRetry(
        this.#fn.metadata.retryOptions,
        (retry) => this.#run(due, retry),
        this.#stop.signal,
      );
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log.write("error", `Function.${this.#fn.name}`, `Failed: ${reason}`);
    }
    this.#wait();
  }

  async #run(due: Date, retry: RetryContext | undefined): Promise<void> {
    const { app, outputs } = this.#options;
    const result = await app.invoke(this.#fn, {
      data: { json: JSON.stringify(this.#timerInfo(due)) },
      retry,
    });
    await outputs.send(this.#fn, result);
  }

  /** The runtime's names; the library writes them with a small first letter. */
  #timerInfo(due: Date) {
    const now = this.#options.clock.now();
    return {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: {
        Last: due.toISOString(),
        Next: (this.#schedule.next(new Date(now)) ?? due).toISOString(),
        LastUpdated: due.toISOString(),
      },
      IsPastDue: now - due.getTime() > LATE_AFTER_MS,
    };
  }

  #period(): number {
    const first = this.#schedule.next(new Date(0));
    const second = first && this.#schedule.next(first);
    return first && second ? second.getTime() - first.getTime() : Infinity;
  }
}

function scheduleOf(fn: AppFunction, text: string): Schedule {
  try {
    return parseSchedule(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`Function '${fn.name}': ${error.message}`, { cause: error });
  }
}
