import type { endRun } from "../../shared/contracts/activities.ts";
import { hasEnded } from "../../shared/domain/run.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRequest } from "./change-request.ts";
import { changeRun } from "./change-run.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly requests: Requests;
  readonly now: () => Date;
}

/** Implements the `endRun` contract. */
export function createEndRun({ runs, requests, now }: Dependencies): ActivityOf<typeof endRun> {
  return async ({ run, phase, failure, note, leftBehind }) => {
    const at = now().toISOString();
    const row = await changeRun(runs, run, (current) => {
      if (hasEnded(current.phase)) return { ...current, leftBehind };
      const { progress: _, ...kept } = current;
      return {
        ...kept,
        phase,
        phases: [...current.phases, { phase, at }],
        updatedAt: at,
        endedAt: at,
        leftBehind,
        ...(failure && { failure }),
        ...(note !== undefined && { note }),
      };
    });

    for (const request of row.requests) {
      await changeRequest(requests, { pipeline: row.pipeline, request }, (current) =>
        current.run === run && current.state !== "done" ? { ...current, state: "done" } : current,
      );
    }
    return null;
  };
}
