import { UsageError } from "../../program/usage-error.ts";
import { type Faults, noFaults } from "../durable/faults.ts";

const POINT = /^(before-commit|after-commit):(.+):([1-9]\d*)$/;

export const CRASH_POINT_SYNTAX =
  "before-commit:<what>:<n>, after-commit:<what>:<n>, where <what> is an activity's name, orchestration:<name>, entity:<name> or client";

/**
 * Faults that kill this process, as a power cut would: no handler runs, nothing is flushed.
 *
 * @param points `CRASH_POINT_SYNTAX`; n counts commits since the start, from 1
 * @throws {UsageError} if a point is written differently
 */
export function createCrashPoints(points: readonly string[], kill = killProcess): Faults {
  const crashes = new Set(points.map(checkPoint));
  const counts = new Map<string, number>();
  return {
    ...noFaults,
    reached(moment, subject) {
      const place = `${moment}:${subject.toLowerCase()}`;
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (crashes.has(`${place}:${count}`)) kill();
    },
  };
}

function checkPoint(point: string): string {
  if (!POINT.test(point)) {
    throw new UsageError(
      `'${point}' is not a crash point: use ${CRASH_POINT_SYNTAX}; n is from 1.`,
    );
  }
  return point.toLowerCase();
}

export function killProcess(): void {
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment to arrive, and nothing may happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
