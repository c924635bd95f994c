import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { reasonOf } from "../../program/reason-of.ts";

/**
 * Parses a settings file that a person wrote: JSON that may hold comments, as the runtime reads it.
 *
 * @throws {UsageError} naming the file, and the line and column or the field that is wrong
 */
export function parseJson<Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): z.infer<Schema> {
  const withoutMark = blankComments(text.replace(/^\uFEFF/, ""));
  let value: unknown;
  try {
    value = JSON.parse(withoutMark);
  } catch (error) {
    const { line, column } = findBadCharacter(withoutMark);
    const reason = reasonOf(error);
    throw new UsageError(`${file}, line ${line}, column ${column}: not valid JSON. ${reason}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`);
}

/** A text in quotes, which may look as if it held a comment; or a comment. */
const TEXT_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g;

/** Whatever follows a comment keeps its line and column. */
function blankComments(text: string): string {
  return text.replaceAll(TEXT_OR_COMMENT, (found) =>
    found.startsWith('"') ? found : found.replaceAll(/[^\n]/g, " "),
  );
}

/** JSON.parse tells no position for some errors: look for the first text that no rest could complete. */
function findBadCharacter(text: string): { line: number; column: number } {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldGoOn(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const lines = text.slice(0, good).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function couldGoOn(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const position = /at position (\d+)/.exec(message)?.[1];
    if (position !== undefined) return Number(position) >= beginning.length;
    return message.includes("end of JSON input");
  }
}
