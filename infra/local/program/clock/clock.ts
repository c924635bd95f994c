export interface Appointment {
  /**
   * What recurs for ever: a heartbeat, a timer function. It happens when its time passes, but a virtual
   * clock never jumps for it alone, or such a clock would run away while nobody waits for anything.
   */
  readonly isBackground?: boolean;
}

/** Time as the stand-ins see it: an argument, so that a test can own it and several programs can share it. */
export interface Clock {
  now(): number;
  /** Runs `action` once at that time or as soon as possible after it. @returns a function that cancels it */
  at(time: number, action: () => void, appointment?: Appointment): () => void;
  /**
   * Says that something is being done: a virtual clock stands still until it is over. Real time does not.
   *
   * @returns a function that ends the hold
   */
  hold(): () => void;
}

/** What a timer of Node can wait at most; longer ones would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Taken before anybody can put another time in the place of `Date` (install-date.ts). */
const realNow = Date.now;

export const systemClock: Clock = {
  now: realNow,
  at(time, action) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = time - realNow();
      timer = setTimeout(left > 0 ? wait : action, Math.min(Math.max(left, 0), LONGEST_TIMEOUT_MS));
    };
    wait();
    return () => clearTimeout(timer);
  },
  hold: () => () => undefined,
};

export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
