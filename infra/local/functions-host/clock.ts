/** Time as the host sees it: an argument, so that a test can own it. */
export interface Clock {
  now(): number;
  /** Runs `action` once at that time or as soon as possible after it. @returns a function that cancels it */
  at(time: number, action: () => void): () => void;
}

/** What a timer of Node can wait at most; longer ones would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  at(time, action) {
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const left = time - Date.now();
      timer = setTimeout(left > 0 ? wait : action, Math.min(Math.max(left, 0), LONGEST_TIMEOUT_MS));
    };
    wait();
    return () => clearTimeout(timer);
  },
};

export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
