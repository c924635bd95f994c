import type { Appointment, Clock } from "../../program/clock/clock.ts";

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** Makes what is right for one key; runs again later if it throws. */
  readonly reconcile: (key: string) => void;
  /** From an event to the reconciliation; events in between are one. */
  readonly latencyMs: number;
  readonly log: (message: string) => void;
}

interface Wanted {
  readonly at: number;
  readonly isBackground: boolean;
}

interface Waiting extends Wanted {
  readonly cancel: () => void;
}

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 5000;
/** What still fails then waits for somebody else, and virtual time does not go on for it. */
const HOPEFUL_RETRIES = 5;

/** Keys that need attention, each at most once, at the earliest time asked for. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string, delayMs: number = this.#options.latencyMs, appointment: Appointment = {}): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const before = this.#waiting.get(key);
    const next = combine(before, {
      at: clock.now() + delayMs,
      isBackground: appointment.isBackground ?? false,
    });
    if (next === before) return;
    before?.cancel();
    const cancel = clock.at(next.at, () => this.#run(key), next);
    this.#waiting.set(key, { ...next, cancel });
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  #run(key: string): void {
    this.#waiting.delete(key);
    try {
      this.#options.reconcile(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      if (failures === 1) this.#options.log(`reconciling ${key}: ${describe(error)}`);
      const wait = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
      this.add(key, wait, { isBackground: failures > HOPEFUL_RETRIES });
    }
  }
}

/** The earlier of both; a key for which virtual time goes on stays one. */
function combine(before: Waiting | undefined, wanted: Wanted): Wanted {
  if (!before) return wanted;
  const isBackground = before.isBackground && wanted.isBackground;
  if (before.at <= wanted.at && before.isBackground === isBackground) return before;
  return { at: Math.min(before.at, wanted.at), isBackground };
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
