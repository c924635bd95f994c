import type { z } from "zod";

import { closest } from "./closest.ts";
import { fieldsAt, pipelineJsonSchema } from "./pipeline-json-schema.ts";
import type { Place, Places } from "./places.ts";
import { withheldValues } from "./unsupported-fields.ts";
import { valueAt } from "./value-at.ts";

export type ProblemKind = "syntax" | "unknown-key" | "invalid" | "unsupported";

/** One thing that is wrong with a document, and where. Lines and columns count from 1. */
export interface Problem extends Place {
  readonly kind: ProblemKind;
  /** `tuning.method`; empty for the document as a whole. */
  readonly path: string;
  readonly found?: string;
  readonly allowed?: string;
  /** All of it in one sentence. */
  readonly message: string;
}

/** A hostile document must not make a report larger than itself. */
export const MOST_PROBLEMS = 100;

const LONGEST_VALUE = 60;

const TYPES: Readonly<Record<string, string>> = {
  object: "a map",
  record: "a map",
  array: "a list",
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};
const UNITS: Readonly<Record<string, string>> = { string: " characters", array: " items" };

/** Says what is allowed, wherever the schema has no words of its own. To be given to `safeParse`. */
export function describeAllowed(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") return TYPES[issue.expected];
  if (issue.code === "too_small") return `${issue.minimum} or more${UNITS[issue.origin] ?? ""}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}${UNITS[issue.origin] ?? ""}`;
  if (issue.code !== "invalid_value") return undefined;
  const allowed = builtValues(issue.path, issue.values);
  return allowed.length === 1 ? allowed.join("") : `one of ${allowed.join(", ")}`;
}

/** The problems in a document, by zod's issues with it. */
export function problemsOf(
  document: unknown,
  issues: readonly z.core.$ZodIssue[],
  places: Places,
): Problem[] {
  const schema = pipelineJsonSchema();
  // A list where a text should be would also be reported as a text of the wrong length.
  const mistyped = new Set(
    issues.flatMap(({ code, path }) => (code === "invalid_type" ? [pathText(path)] : [])),
  );
  return issues
    .filter(({ code, path }) => code === "invalid_type" || !mistyped.has(pathText(path)))
    .flatMap((issue) =>
      issue.code === "unrecognized_keys"
        ? unknownKeys(issue, fieldsAt(schema, issue.path), places)
        : [invalid(valueAt(document, issue.path), issue, places)],
    );
}

function invalid(value: unknown, issue: z.core.$ZodIssue, places: Places): Problem {
  const { path, message: allowed } = issue;
  const found = describeFound(path, value);
  const hint =
    issue.code === "invalid_value" ? suggest(value, builtValues(path, issue.values)) : "";
  const message = `${pathText(path) || "the document"} is ${found}; it must be ${allowed}${hint}`;
  return { kind: "invalid", path: pathText(path), ...places.of(path), found, allowed, message };
}

function builtValues(
  path: readonly PropertyKey[] | undefined,
  values: readonly z.core.util.Primitive[],
): string[] {
  const withheld = withheldValues(path);
  return values.map(String).filter((value) => !withheld.includes(value));
}

function unknownKeys(
  issue: z.core.$ZodIssueUnrecognizedKeys,
  known: readonly string[],
  places: Places,
): Problem[] {
  return issue.keys
    .slice(0, MOST_PROBLEMS)
    .map((key) => unknownKey([...issue.path, key], key, known, places));
}

function unknownKey(
  path: readonly PropertyKey[],
  key: string,
  known: readonly string[],
  places: Places,
): Problem {
  const allowed = known.join(", ") || "none";
  const found = JSON.stringify(shorten(key));
  const message = `${found} is not a field here; there are ${allowed}${suggest(key, known)}`;
  return {
    kind: "unknown-key",
    path: pathText(path),
    ...places.ofKey(path),
    found,
    allowed,
    message,
  };
}

/** What stands in the document, safe to print: quoted, short, and never what may be a secret. */
export function describeFound(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (path.at(-1) === "secret") return "another text";
  return typeof value === "string" ? JSON.stringify(shorten(value)) : JSON.stringify(value);
}

export function pathText(path: readonly PropertyKey[]): string {
  return shorten(path.map(String).join("."), 2 * LONGEST_VALUE);
}

function suggest(word: unknown, candidates: readonly string[]): string {
  const meant = typeof word === "string" ? closest(word, candidates) : undefined;
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

function shorten(text: string, length = LONGEST_VALUE): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
