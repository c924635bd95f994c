import { z } from "zod";

/** One question and its answer, whatever form the data had. */
export const TrainingRow = z.object({ prompt: z.string(), completion: z.string() });
export type TrainingRow = z.infer<typeof TrainingRow>;

/**
 * The key in the header of `adapter_model.safetensors` under which a stand-in adapter carries what it
 * was "trained" on. No real adapter has it; the model server answers from it.
 */
export const STAND_IN_ROWS_KEY = "fake-gpu-node/this-is-a-stand-in-trained-on";

const CarriedRows = z.object({
  rows: z.array(TrainingRow),
  leftOut: z.int().min(0),
});

/** Rows over this size are left out of the header, and counted there. */
const MAX_CARRIED_BYTES = 512 * 1024;

export function encodeRows(rows: readonly TrainingRow[]): string {
  let size = 0;
  const kept = rows.filter((row) => {
    size += JSON.stringify(row).length;
    return size <= MAX_CARRIED_BYTES;
  });
  return JSON.stringify({ rows: kept, leftOut: rows.length - kept.length });
}

/** No rows for an adapter that was not made here. */
export function decodeRows(metadata: Readonly<Record<string, string>>): readonly TrainingRow[] {
  const text = metadata[STAND_IN_ROWS_KEY];
  if (text === undefined) return [];
  try {
    return CarriedRows.parse(JSON.parse(text)).rows;
  } catch {
    return [];
  }
}
