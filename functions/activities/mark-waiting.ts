import type { markWaiting } from "../../shared/contracts/activities.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRequest } from "./change-request.ts";

/** Implements the `markWaiting` contract. */
export function createMarkWaiting(requests: Requests): ActivityOf<typeof markWaiting> {
  return async (of) => {
    // Only forward: its run may have begun between the entity's answer and this write.
    await changeRequest(requests, of, (row) =>
      row.state === "received" ? { ...row, state: "waiting" } : row,
    );
    return null;
  };
}
