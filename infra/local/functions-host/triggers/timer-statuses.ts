import { readFileSync, renameSync, writeFileSync } from "node:fs";

import { z } from "zod";

const Time = z.iso.datetime().transform((text) => new Date(text));

const Status = z.object({
  /** Undefined: it has never run. */
  last: Time.optional(),
  next: Time,
  lastUpdated: Time.optional(),
});
/** When a timer ran, and when it is to run next (ScheduleStatus.cs). */
export type TimerStatus = z.infer<typeof Status>;

/** So that a time that passes while the host is down is noticed. */
export interface TimerStatuses {
  of(functionName: string): TimerStatus | undefined;
  set(functionName: string, status: TimerStatus): void;
}

/** The first hosts wrote only when a timer was to run next. */
const Statuses = z.record(z.string(), z.union([Status, Time.transform((next) => ({ next }))]));

/** @param file undefined remembers nothing beyond this process */
export function openTimerStatuses(file: string | undefined): TimerStatuses {
  const statuses = new Map<string, TimerStatus>(
    Object.entries(file === undefined ? {} : readStatuses(file)),
  );
  return {
    of: (functionName) => statuses.get(functionName),
    set(functionName, status) {
      statuses.set(functionName, status);
      if (file !== undefined) replaceFile(file, JSON.stringify(Object.fromEntries(statuses)));
    },
  };
}

/** A file that is missing or damaged only means that no timer was missed. */
function readStatuses(file: string): Record<string, TimerStatus> {
  try {
    return Statuses.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}

function replaceFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
