import type { readRequest } from "../../shared/contracts/activities.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";

interface Dependencies {
  readonly requests: Requests;
  readonly runs: Runs;
}

/** Implements the `readRequest` contract. */
export function createReadRequest({
  requests,
  runs,
}: Dependencies): ActivityOf<typeof readRequest> {
  return async ({ pipeline, request }) => {
    const [found, highestSequence] = await Promise.all([
      requests.find(pipeline, request),
      runs.highestSequence(pipeline),
    ]);
    // A row that is gone was kept for its time and removed: nothing is left to admit.
    return { state: found?.row.state ?? "done", highestSequence };
  };
}
