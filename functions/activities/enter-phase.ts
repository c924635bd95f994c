import type { enterPhase } from "../../shared/contracts/activities.ts";
import { hasEnded } from "../../shared/domain/run.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun } from "./change-run.ts";

/** Implements the `enterPhase` contract. */
export function createEnterPhase(runs: Runs, now: () => Date): ActivityOf<typeof enterPhase> {
  return async ({ run, phase }) => {
    const at = now().toISOString();
    const row = await changeRun(runs, run, (current) => {
      // Entered before: a second execution that answers late must not take the run back to it.
      const known = current.phases.some((entered) => entered.phase === phase);
      if (hasEnded(current.phase) || known) return current;
      const { progress: _, ...kept } = current;
      return { ...kept, phase, updatedAt: at, phases: [...current.phases, { phase, at }] };
    });
    // A run that was ended from outside must not go on as if nothing had happened.
    return { cancelRequested: row.cancelRequestedAt !== undefined || hasEnded(row.phase) };
  };
}
