import type { OrchestrationContext } from "durable-functions";

import { removeTuning } from "../shared/contracts/activities.ts";
import { tuningName } from "../shared/domain/names.ts";
import { toFailure } from "../shared/errors.ts";
import { callActivity, type Durable, sleepUnlessWoken } from "./durable.ts";

const ROUNDS = 10;
const LONGEST_PAUSE_MS = 120_000;

/**
 * Deletes the run's tuning objects and waits, about a quarter of an hour at most, until they are gone:
 * a GPU node that has not gone yet is still paid for.
 *
 * @returns what is still there, in words; it never throws, because nothing may stop a run from ending
 */
export function* releaseTuning(
  context: OrchestrationContext,
  run: string,
  pauseMs: number,
): Durable<string[]> {
  let remaining: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    try {
      ({ remaining } = yield* callActivity(context, removeTuning, { run }));
    } catch (error) {
      const { code, message } = toFailure(error);
      return [`what belongs to ${tuningName(run)} (not removed: ${code}, ${message})`];
    }
    if (remaining.length === 0) return [];
    yield* sleepUnlessWoken(context, Math.min(pauseMs * 2 ** round, LONGEST_PAUSE_MS));
  }
  return remaining;
}
