import { readFileSync, renameSync, writeFileSync } from "node:fs";

import { z } from "zod";

/** When each timer is to fire next, so that one that was missed while the host was down is noticed. */
export interface TimerStatuses {
  nextOf(functionName: string): Date | undefined;
  setNext(functionName: string, next: Date): void;
}

const Statuses = z.record(z.string(), z.iso.datetime());

/** @param file undefined remembers nothing beyond this process */
export function openTimerStatuses(file: string | undefined): TimerStatuses {
  const times = new Map(Object.entries(file === undefined ? {} : readStatuses(file)));
  return {
    nextOf(functionName) {
      const time = times.get(functionName);
      return time === undefined ? undefined : new Date(time);
    },
    setNext(functionName, next) {
      times.set(functionName, next.toISOString());
      if (file !== undefined) replaceFile(file, JSON.stringify(Object.fromEntries(times)));
    },
  };
}

/** A file that is missing or damaged only means that no timer was missed. */
function readStatuses(file: string): Record<string, string> {
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
