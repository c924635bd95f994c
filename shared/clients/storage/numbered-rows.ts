import { setTimeout as delay } from "node:timers/promises";

import { z } from "zod";

import { TransientError } from "../../errors.ts";
import type { Columns } from "./columns.ts";
import { parseStored } from "./storage-errors.ts";
import { descending, type Key, type Table } from "./table.ts";

/** Each round has a winner, so this many writers at the same moment get through for sure. */
const ATTEMPTS = 20;
const LONGEST_PAUSE_MS = 50;

const Numbered = z.object({ number: z.number().int().positive() });

export interface NumberedRow {
  readonly partition: string;
  /** `version`: the row's key is `version-<number, falling>`. */
  readonly kind: string;
  /** A row that stands for what must be numbered once: `content-<hash>`. */
  readonly uniqueRow: string;
  readonly columns: (number: number) => Columns;
}

/**
 * Adds a row under the next number of its partition, unless its unique row is there.
 *
 * One transaction writes the counter, the row and the unique row: numbers have no gap and no number or
 * unique row is ever given twice, whoever else writes or crashes at the same moment.
 */
export async function addNumbered(
  table: Table,
  { partition, kind, uniqueRow, columns }: NumberedRow,
): Promise<{ readonly number: number; readonly isNew: boolean }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const known = await numberAt(table, { partition, row: uniqueRow });
    if (known) return { number: known.number, isNew: false };

    const counterKey = { partition, row: "counter" };
    const counter = await numberAt(table, counterKey);
    const number = (counter?.number ?? 0) + 1;
    const isNew = await table.write(
      { key: counterKey, columns: { number }, etag: counter?.etag },
      { key: { partition, row: numberedRow(kind, number) }, columns: columns(number) },
      { key: { partition, row: uniqueRow }, columns: { number } },
    );
    if (isNew) return { number, isNew };
    await delay(Math.random() * LONGEST_PAUSE_MS);
  }
  const message = `Too many writers at once number the ${kind}s of ${partition}`;
  throw new TransientError("STORAGE_UNAVAILABLE", message);
}

export function numberedRow(kind: string, number: number): string {
  return `${kind}-${descending(number)}`;
}

async function numberAt(
  table: Table,
  key: Key,
): Promise<{ readonly number: number; readonly etag: string } | undefined> {
  const found = await table.get(key);
  if (!found) return undefined;
  const { number } = parseStored(Numbered, found.columns, `Row ${key.partition}/${key.row}`);
  return { number, etag: found.etag };
}
