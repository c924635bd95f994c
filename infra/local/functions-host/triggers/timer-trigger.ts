import { z } from "zod";

import type { AppFunction } from "../app/function-lookup.ts";
import { UsageError } from "../../program/usage-error.ts";
import { parseSchedule, type Schedule } from "./ncrontab.ts";
import { readBinding, triggerOf } from "./read-binding.ts";
import { type TimeZone, timeZoneOf, toLocalText } from "./time-zone.ts";
import type { TimerStatus } from "./timer-statuses.ts";
import { logFailure, runFunction, type Trigger, type TriggerParts } from "./trigger.ts";

const TimerBinding = z.looseObject({
  schedule: z.string(),
  runOnStartup: z.boolean().nullish(),
  useMonitor: z.boolean().nullish(),
});

/** Schedules that fire more often than this are not worth keeping over a restart (TimerTriggerAttribute.cs). */
const MONITORED_FROM_MS = 60_000;

/** .NET's first moment: a timer that has never run. */
const NEVER = "0001-01-01T00:00:00+00:00";

/** Runs one function by its schedule; a run that takes longer delays the next one (TimerListener.cs). */
export class TimerTrigger implements Trigger {
  readonly #fn: AppFunction;
  readonly #parts: TriggerParts;
  readonly #zone: TimeZone;
  readonly #schedule: Schedule;
  readonly #runOnStartup: boolean;
  readonly #isMonitored: boolean;
  readonly #stop = new AbortController();
  #status: TimerStatus | undefined;
  #cancel: () => void = () => undefined;
  #running: Promise<void> = Promise.resolve();

  /** @throws {UsageError} if the schedule or the time zone is not right */
  constructor(fn: AppFunction, parts: TriggerParts) {
    this.#fn = fn;
    this.#parts = parts;
    const { schedule, runOnStartup, useMonitor } = readBinding(
      triggerOf(fn),
      TimerBinding,
      parts.env,
    );
    this.#zone = timeZoneOf(parts.env);
    this.#schedule = scheduleOf(fn, schedule, this.#zone);
    this.#runOnStartup = runOnStartup ?? false;
    this.#isMonitored = (useMonitor ?? true) && periodOf(this.#schedule) >= MONITORED_FROM_MS;
  }

  start(): void {
    const now = new Date(this.#parts.clock.now());
    this.#status = this.#statusAt(now);
    const isPastDue = this.#isMonitored && this.#status !== undefined && this.#status.next < now;
    if (isPastDue || this.#runOnStartup) this.#running = this.#fire(undefined, isPastDue);
    else this.#wait();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#cancel();
    await this.#running;
  }

  /**
   * What is known from the last start. If the schedule is another one since, or the function has never run,
   * it begins anew: no time has been missed (ScheduleMonitor.cs, CheckPastDueAsync).
   */
  #statusAt(now: Date): TimerStatus | undefined {
    const kept = this.#isMonitored ? this.#parts.statuses.of(this.#fn.name) : undefined;
    const expected = kept && this.#schedule.next(kept.last ?? now);
    // An entry of the first hosts says only when the next run is: that one counts.
    const isOld = kept !== undefined && kept.lastUpdated === undefined;
    if (isOld || expected?.getTime() === kept?.next.getTime()) {
      if (kept) return kept;
    }
    return this.#keep({ lastUpdated: now }, now);
  }

  /** @returns undefined if the timer never fires again */
  #keep(status: Omit<TimerStatus, "next">, after: Date): TimerStatus | undefined {
    const next = this.#schedule.next(after);
    this.#status = next && { ...status, next };
    if (this.#isMonitored && this.#status) {
      this.#parts.statuses.set(this.#fn.name, this.#status);
    }
    return this.#status;
  }

  #wait(): void {
    const due = this.#status?.next;
    if (this.#stop.signal.aborted || !due) return;
    // Recurs for ever: a virtual clock must not jump from one run to the next while nothing else happens.
    this.#cancel = this.#parts.clock.at(
      due.getTime(),
      () => {
        this.#running = this.#fire(due, false);
      },
      { isBackground: true },
    );
  }

  /** @param due undefined for a run that the schedule did not ask for now */
  async #fire(due: Date | undefined, isPastDue: boolean): Promise<void> {
    const { clock, log } = this.#parts;
    const begun = new Date(clock.now());
    try {
      const data = { json: JSON.stringify(this.#timerInfo(isPastDue)) };
      const reason = `Timer fired at ${toLocalText(begun, this.#zone)}`;
      await runFunction(this.#fn, { data, reason }, this.#parts, this.#stop.signal);
    } catch (error) {
      logFailure(log, this.#fn, "Failed", error);
    }
    // Killed before this, the run is past due at the next start.
    const last = due && due > begun ? due : begun;
    // From its beginning: if its next time passed while it ran, it runs once more at once, as there.
    this.#keep({ last, lastUpdated: last }, last);
    this.#wait();
  }

  /** The runtime's names; the library makes their first letters small. */
  #timerInfo(isPastDue: boolean) {
    const status = this.#isMonitored ? this.#status : undefined;
    return {
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status
        ? {
            Last: this.#text(status.last),
            Next: this.#text(status.next),
            LastUpdated: this.#text(status.last),
          }
        : null,
      IsPastDue: isPastDue,
    };
  }

  #text(time: Date | undefined): string {
    return time ? toLocalText(time, this.#zone) : NEVER;
  }
}

function periodOf(schedule: Schedule): number {
  const first = schedule.next(new Date(0));
  const second = first && schedule.next(first);
  return first && second ? second.getTime() - first.getTime() : Infinity;
}

function scheduleOf(fn: AppFunction, text: string, zone: TimeZone): Schedule {
  try {
    return parseSchedule(text, zone);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`Function '${fn.name}': ${error.message}`, { cause: error });
  }
}
