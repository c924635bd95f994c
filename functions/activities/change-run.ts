import type { RunRecord } from "../../shared/domain/run.ts";
import { PermanentError, TransientError } from "../../shared/errors.ts";
import type { Runs } from "../../shared/ports/runs.ts";

/** Several activities and a person may write one row at once; more tries than that means trouble. */
const TRIES = 8;

/**
 * Changes a run's row as one atomic step: read, decide, write on the version that was read.
 *
 * @param change - may be called more than once; the same row given back means that nothing is written
 */
export async function changeRun(
  runs: Runs,
  id: string,
  change: (row: RunRecord) => RunRecord,
): Promise<RunRecord> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await runs.find(id);
    if (!found) throw new PermanentError("INTERNAL", `There is no run ${id}`);
    const changed = change(found.row);
    if (changed === found.row || (await runs.update(changed, found.etag))) return changed;
  }
  throw new TransientError("STORAGE_UNAVAILABLE", `The row of run ${id} is written too often`);
}

/** @throws {PermanentError} if there is no such run */
export async function readRun(runs: Runs, id: string): Promise<RunRecord> {
  const found = await runs.find(id);
  if (!found) throw new PermanentError("INTERNAL", `There is no run ${id}`);
  return found.row;
}
