import { UsageError } from "../../program/usage-error.ts";
import { parseTimeSpan } from "../settings/duration.ts";

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

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

const SECOND: Field = { name: "second", min: 0, max: 59 };
const MINUTE: Field = { name: "minute", min: 0, max: 59 };
const HOUR: Field = { name: "hour", min: 0, max: 23 };
const DAY: Field = { name: "day", min: 1, max: 31 };
const MONTH: Field = { name: "month", min: 1, max: 12, words: MONTHS };
/** NCrontab takes 0 to 6 only; 7 for Sunday is common and harmless. */
const WEEKDAY: Field = { name: "day of week", min: 0, max: 7, words: DAYS };

/** No day of the calendar is further away: 29 February of a century that is no leap year. */
const LONGEST_GAP_DAYS = 8 * 366;

/**
 * Reads `{second} {minute} {hour} {day} {month} {day of week}`, the same without seconds, or a
 * duration such as `00:05:00` (Microsoft.Azure.WebJobs.Extensions.Timers, TimerSchedule.cs). Times are UTC.
 *
 * @throws {UsageError} naming the field that is wrong
 */
export function parseSchedule(text: string): Schedule {
  const interval = parseTimeSpan(text);
  if (interval !== undefined && interval > 0) {
    return { next: (after) => new Date(after.getTime() + interval) };
  }
  const [seconds, minutes, hours, days, months, weekdays] = splitFields(text);
  return new CronSchedule({
    seconds: parseField(seconds, SECOND, text),
    minutes: parseField(minutes, MINUTE, text),
    hours: parseField(hours, HOUR, text),
    days: parseField(days, DAY, text),
    months: parseField(months, MONTH, text),
    weekdays: parseField(weekdays, WEEKDAY, text).map((number) => number % 7),
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
  readonly #fields: CronFields;

  constructor(fields: CronFields) {
    this.#fields = fields;
  }

  next(after: Date): Date | undefined {
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

/** `*`, `5`, `1-5`, `*\/10`, `10-30/5`, `mon-fri`, and lists of those. */
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
  const [, first = "", last, stepText] = ITEM.exec(item) ?? [];
  const step = Number(stepText ?? "1");
  if (step < 1) return undefined;
  if (first === "*")
    return last === undefined ? { from: field.min, to: field.max, step } : undefined;

  const from = parseValue(first, field);
  // "5/10" goes on to the end, "5" stays there.
  const open = stepText === undefined ? from : field.max;
  const to = last === undefined ? open : parseValue(last, field);
  return from <= to ? { from, to, step } : undefined;
}

/** @returns NaN if it is none, which compares with nothing */
function parseValue(text: string, { min, max, words }: Field): number {
  const word = words?.indexOf(text.toLowerCase().slice(0, 3)) ?? -1;
  if (word >= 0 && text.length >= 3) return word + min;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : Number.NaN;
}
