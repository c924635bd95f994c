import { PermanentError } from "../../errors.ts";

export type Column = string | number | boolean | Date;
export type Columns = Readonly<Record<string, Column>>;

/** A text property holds 64 KB of UTF-16. */
const TEXT_LIMIT = 32_000;

/** An entity holds 1 MB of UTF-16, names included. */
const RECORD_LIMIT = 480_000;

const INT32_MAX = 2 ** 31 - 1;

/** `lineage_0`, `lineage_1`: parts of one JSON text. */
const PART = /^(.+)_(\d+)$/;

/**
 * Spreads a record over table columns: what a table can hold as it is stays readable (and can be
 * filtered by), everything else is JSON, in as many parts as it needs.
 *
 * @throws {PermanentError} `UNSUPPORTED` if it does not fit into one row
 */
export function toColumns(record: Readonly<Record<string, unknown>>, place: string): Columns {
  const columns: Record<string, Column> = {};
  let size = 0;
  for (const [name, value] of Object.entries(record)) {
    if (value === undefined) continue;
    if (isPlain(value)) {
      columns[name] = value;
      size += String(value).length;
      continue;
    }
    const json = JSON.stringify(value);
    size += json.length;
    for (const [index, part] of inParts(json).entries()) columns[`${name}_${index}`] = part;
  }
  if (size > RECORD_LIMIT) {
    const message = `${place} is too long for a table row: ${size} characters, at most ${RECORD_LIMIT} fit`;
    throw new PermanentError("UNSUPPORTED", message);
  }
  return columns;
}

/** The reverse of `toColumns`. What it did not write comes along; a schema drops it. */
export function fromColumns(columns: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  const parts = new Map<string, string[]>();
  for (const [name, value] of Object.entries(columns)) {
    const [, field, index] = PART.exec(name) ?? [];
    if (field === undefined || typeof value !== "string") {
      record[name] = value;
      continue;
    }
    const texts = parts.get(field) ?? [];
    texts[Number(index)] = value;
    parts.set(field, texts);
  }
  for (const [name, texts] of parts) record[name] = JSON.parse(texts.join(""));
  return record;
}

/** An integer beyond 32 bits would be refused by the service unless it were marked as a double. */
function isPlain(value: unknown): value is Column {
  if (typeof value === "string") return value.length <= TEXT_LIMIT;
  if (typeof value === "number") return !Number.isInteger(value) || Math.abs(value) <= INT32_MAX;
  return typeof value === "boolean";
}

function inParts(text: string): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; start += TEXT_LIMIT) {
    parts.push(text.slice(start, start + TEXT_LIMIT));
  }
  return parts;
}
