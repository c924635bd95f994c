import type { readSequence } from "../../shared/contracts/activities.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";

/** Implements the `readSequence` contract. */
export function createReadSequence(runs: Runs): ActivityOf<typeof readSequence> {
  return async ({ pipeline }) => ({ highestSequence: await runs.highestSequence(pipeline) });
}
