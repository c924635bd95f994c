import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { repeat } from "../program/clock/busy.ts";
import { type Clock, isoTime } from "../program/clock/clock.ts";
import { UsageError } from "../program/usage-error.ts";

const FILE = "virtual-time.json";
const Kept = z.strictObject({ now: z.iso.datetime() });
const HOUR_MS = 60 * 60_000;

/** @throws {UsageError} if what is kept there is dated by a virtual time: it would lie in the future */
export function refuseVirtualTime(directory: string): void {
  if (!existsSync(path.join(directory, FILE))) return;
  throw new UsageError(
    `${directory} has lived in a virtual time. Start it with --virtual-time, or choose another directory with --data.`,
  );
}

/**
 * When a virtual time begins: now, or after all that was ever dated in this directory.
 *
 * @throws {UsageError} if what an earlier start kept cannot be read
 */
export function beginningOf(directory: string): number {
  const file = path.join(directory, FILE);
  if (!existsSync(file)) return Date.now();
  try {
    const { now } = Kept.parse(JSON.parse(readFileSync(file, "utf8")));
    return Math.max(Date.now(), Date.parse(now) + HOUR_MS);
  } catch (error) {
    throw new UsageError(`${file} is not what an earlier start wrote: remove it.`, {
      cause: error,
    });
  }
}

/**
 * Writes the time down once an hour of it, so that after kill -9 it is known but for an hour.
 *
 * @returns a function that ends it
 */
export function keepTime(directory: string, clock: Clock): () => void {
  const file = path.join(directory, FILE);
  const keep = (): void => {
    const made = `${file}.new`;
    writeFileSync(made, `${JSON.stringify({ now: isoTime(clock) })}\n`);
    renameSync(made, file);
  };
  keep();
  return repeat(clock, HOUR_MS, keep);
}
