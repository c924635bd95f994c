import type { Appointment, Clock } from "./clock.ts";

export interface DelayOptions extends Appointment {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Resolves after that many milliseconds of the clock: `setTimeout` of node:timers/promises on any clock. */
export function delay(
  clock: Clock,
  milliseconds: number,
  { signal, ...appointment }: DelayOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = (): void => {
      cancel();
      reject(asError(signal?.reason));
    };
    const finish = (): void => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const cancel = clock.at(clock.now() + milliseconds, finish, appointment);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error("aborted");
}

/**
 * One piece of work: a virtual clock stands still from its beginning to its end, but for its waits, of
 * which there may be one at a time.
 */
export class Busy {
  readonly #clock: Clock;
  #release: () => void;
  #isOver = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#release = clock.hold();
  }

  /**
   * Does something that waits: for the clock, for other work, for what may never come.
   *
   * `begin` runs before the clock is let go, so what it starts can take a hold of its own.
   */
  async wait<Result>(begin: () => Promise<Result>): Promise<Result> {
    const waiting = begin();
    this.#release();
    try {
      return await waiting;
    } finally {
      if (!this.#isOver) this.#release = this.#clock.hold();
    }
  }

  async delay(milliseconds: number, options?: DelayOptions): Promise<void> {
    await this.wait(() => delay(this.#clock, milliseconds, options));
  }

  end(): void {
    this.#isOver = true;
    this.#release();
  }
}

/** Does something during which a virtual clock stands still. */
export async function whileBusy<Result>(
  clock: Clock,
  work: (busy: Busy) => Promise<Result>,
): Promise<Result> {
  const busy = new Busy(clock);
  try {
    return await work(busy);
  } finally {
    busy.end();
  }
}

/** Repeats something until it is stopped; no clock jumps for it alone. @returns a function that stops it */
export function repeat(clock: Clock, periodMs: number, action: () => void): () => void {
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.at(clock.now() + periodMs, run, { isBackground: true });
  };
  const run = (): void => {
    next();
    action();
  };
  next();
  return () => cancel();
}
