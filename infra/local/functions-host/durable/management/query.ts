import { RuntimeStatus } from "../instance.ts";

/** `OrchestrationRuntimeStatus` of the extension; .NET reads the numbers as well as the names. */
const STATUS_NUMBERS = new Map([
  ["-1", "Unknown"],
  ["0", "Running"],
  ["1", "Completed"],
  ["2", "ContinuedAsNew"],
  ["3", "Failed"],
  ["4", "Canceled"],
  ["5", "Terminated"],
  ["6", "Pending"],
  ["7", "Suspended"],
]);
const STATUS_NAMES: ReadonlySet<string> = new Set(STATUS_NUMBERS.values());

/** `bool.TryParse`: what is neither is as if it were not there. */
export function booleanOf(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)?.trim().toLowerCase();
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}

/** `DateTime.TryParse`. @returns ISO text */
export function timeOf(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name);
  if (!text) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** `double.TryParse`. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)?.trim();
  if (!text) return undefined;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** `OrchestrationStatusQueryCondition.PageSize`, `EntityQuery.PageSize`. */
const DEFAULT_PAGE_SIZE = 100;

/** `int.TryParse`. */
export function pageSizeOf(query: URLSearchParams): number {
  const text = query.get("top")?.trim() ?? "";
  const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return size > 0 ? size : DEFAULT_PAGE_SIZE;
}

/**
 * Words that are no status are left out. Some are one that no instance here ever has: those match nothing.
 *
 * @returns undefined if there is no word left to filter by
 */
export function statusesOf(query: URLSearchParams): RuntimeStatus[] | undefined {
  const words = query
    .getAll("runtimeStatus")
    .flatMap((value) => value.split(","))
    .map((word) => STATUS_NUMBERS.get(word.trim()) ?? word.trim())
    .filter((word) => STATUS_NAMES.has(word));
  if (words.length === 0) return undefined;
  return words.flatMap((word) => RuntimeStatus.safeParse(word).data ?? []);
}
