import { UsageError } from "../../program/usage-error.ts";
import { parseTimeSpan } from "../settings/duration.ts";
import type { TimeZone } from "./time-zone.ts";

/** When a timer fires next. */
export interface Schedule {
  /** @returns undefined if it never fires again */
  next(after: Date): Date | undefined;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words?: readonly string[];
}

const MONTHS =
  "january february march april may june july august september october november december".split(
    " ",
  );
const DAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

const SECOND: Field = { name: "second", min: 0, max: 59 };
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY: Field = { name: "day", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, words: MONTHS };
const WEEKDAY: Field = { name: "day of week", min: 0, max: 6, words: DAYS };

/** No day of the calendar is further away: 29 February of a century that is no leap year. */
const LONGEST_GAP_DAYS = 8 * 366;

/**
 * Reads `{second} {minute} {hour} {day} {month} {day of week}`, the same without seconds, or a
 * duration such as `00:05:00` (Microsoft.Azure.WebJobs.Extensions.Timers, TimerSchedule.cs).
 *
 * @param zone whose clocks the times are of
 * @throws {UsageError} naming the field that is wrong
 */
export function parseSchedule(text: string, zone: TimeZone): Schedule {
  const interval = parseTimeSpan(text);
  if (interval !== undefined && interval > 0) {
    return { next: (after) => new Date(after.getTime() + interval) };
  }
  const [seconds, minutes, hours, days, months, weekdays] = splitFields(text);
  return new CronSchedule(zone, {
    seconds: parseField(seconds, SECOND, text),
    minutes: parseField(minutes, MINUTE, text),
    hours: parseField(hours, HOUR, text),
    days: parseField(days, DAY, text),
    months: parseField(months, MONTH, text),
    weekdays: parseField(weekdays, WEEKDAY, text),
  });
}

const SIX_FIELDS = /^(?:(\S+)\s+)?(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)$/;

/** Without seconds, it fires at second 0. */
function splitFields(text: string): readonly [string, string, string, string, string, string] {
  const match = SIX_FIELDS.exec(text.trim());
  if (!match) {
    throw new UsageError(
      `'${text}' is not a schedule: it needs 6 fields, such as '0 */5 * * * *'.`,
    );
  }
  const [second = "0", ...rest] = match.slice(1);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = rest;
  return [second, minute, hour, day, month, weekday];
}

interface CronFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

class CronSchedule implements Schedule {
  readonly #zone: TimeZone;
  readonly #fields: CronFields;

  constructor(zone: TimeZone, fields: CronFields) {
    this.#zone = zone;
    this.#fields = fields;
  }

  next(after: Date): Date | undefined {
    let wall: Date | undefined = this.#zone.wallTimeOf(after);
    for (;;) {
      wall = this.#nextOnWall(wall);
      const instant = wall && this.#zone.instantOf(wall);
      // When clocks are set back, what they show comes twice: it counts once.
      if (!instant || instant > after) return instant;
    }
  }

  /** In what the clocks on the wall show, as if they showed UTC. */
  #nextOnWall(after: Date | undefined): Date | undefined {
    if (!after) return undefined;
    const from = new Date(Math.floor(after.getTime() / 1000) * 1000 + 1000);
    const day = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate()));
    for (let count = 0; count <= LONGEST_GAP_DAYS; count += 1) {
      if (this.#isOn(day)) {
        const found = this.#firstOfDay(day, from);
        if (found) return found;
      }
      day.setUTCDate(day.getUTCDate() + 1);
    }
    return undefined;
  }

  /** Unlike Unix cron, NCrontab wants both the day of the month and the day of the week. */
  #isOn(day: Date): boolean {
    const { days, months, weekdays } = this.#fields;
    return (
      months.includes(day.getUTCMonth() + 1) &&
      days.includes(day.getUTCDate()) &&
      weekdays.includes(day.getUTCDay())
    );
  }

  #firstOfDay(day: Date, from: Date): Date | undefined {
    const earliest = Math.max(0, from.getTime() - day.getTime());
    const { hours, minutes, seconds } = this.#fields;
    for (const hour of hours) {
      if ((hour + 1) * 3_600_000 <= earliest) continue;
      for (const minute of minutes) {
        for (const second of seconds) {
          const time = ((hour * 60 + minute) * 60 + second) * 1000;
          if (time >= earliest) return new Date(day.getTime() + time);
        }
      }
    }
    return undefined;
  }
}

const ITEM = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i;

/** `*`, `5`, `1-5`, `*\/10`, `10-30/5`, `mon-fri`, and lists of those (NCrontab, CrontabFieldImpl.cs). */
function parseField(text: string, field: Field, schedule: string): number[] {
  const values = new Set<number>();
  for (const item of text.split(",")) {
    const range = parseRange(item, field);
    if (!range) {
      throw new UsageError(
        `'${schedule}' is not a schedule: '${item}' is no ${field.name} (${field.min} to ${field.max}).`,
      );
    }
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function parseRange(item: string, field: Field): Range | undefined {
  const [, first = "", last, stepText = "1"] = ITEM.exec(item) ?? [];
  // NCrontab takes a step of 0 for 1, and a range from back to front as if it were written the other way.
  const step = Math.max(1, Number(stepText));
  if (first === "*") {
    return last === undefined ? { from: field.min, to: field.max, step } : undefined;
  }
  const from = parseValue(first, field);
  // "5/10" goes on to the end, "5" stays there.
  const open = stepText === "1" ? from : field.max;
  const to = last === undefined ? open : parseValue(last, field);
  if (Number.isNaN(from) || Number.isNaN(to)) return undefined;
  return { from: Math.min(from, to), to: Math.max(from, to), step };
}

/** A number, or the beginning of a name: "m" is Monday, and "ma" is March. @returns NaN if it is none */
function parseValue(text: string, { min, max, words = [] }: Field): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= min && number <= max ? number : Number.NaN;
  }
  const index = text === "" ? -1 : words.findIndex((word) => word.startsWith(text.toLowerCase()));
  return index < 0 ? Number.NaN : index + min;
}
