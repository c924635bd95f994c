import type { RequestRecord } from "../../shared/domain/training-request.ts";
import { TransientError } from "../../shared/errors.ts";
import type { Requests } from "../../shared/ports/requests.ts";

const TRIES = 8;

/**
 * Changes a request's row as one atomic step.
 *
 * @param change - the same row given back means that nothing is written
 * @returns the row as it is now, or `undefined` if there is none
 */
export async function changeRequest(
  requests: Requests,
  { pipeline, request }: { pipeline: string; request: string },
  change: (row: RequestRecord) => RequestRecord,
): Promise<RequestRecord | undefined> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await requests.find(pipeline, request);
    if (!found) return undefined;
    const changed = change(found.row);
    if (changed === found.row || (await requests.update(changed, found.etag))) return changed;
  }
  throw new TransientError(
    "STORAGE_UNAVAILABLE",
    `The row of request ${request} changes too often`,
  );
}
