import type { Clock } from "../../program/clock/clock.ts";

/** Of real time. */
const LONGEST_HOLD_MS = 1000;

/**
 * Holds a virtual clock while an HTTP function runs, so that time does not pass between its steps, but not
 * for long: one that waits for an orchestration would otherwise stop the time which that one waits for.
 *
 * @returns a function that ends the hold
 */
export function holdBriefly(clock: Clock): () => void {
  const release = clock.hold();
  const timer = setTimeout(release, LONGEST_HOLD_MS);
  return () => {
    clearTimeout(timer);
    release();
  };
}
