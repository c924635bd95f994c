import type { startRun } from "../../shared/contracts/activities.ts";
import { orchestrationNames } from "../../shared/contracts/orchestrations.ts";
import { hasEnded, parseRunId, pipelineOf, type RunRecord } from "../../shared/domain/run.ts";
import type { Engine } from "../../shared/ports/engine.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRequest } from "./change-request.ts";

interface Dependencies {
  readonly requests: Requests;
  readonly runs: Runs;
  readonly pipelines: Pipelines;
  readonly engine: Engine;
  readonly now: () => Date;
}

/** Implements the `startRun` contract: row, requests, instance, in this order (durable-patterns 3). */
export function createStartRun(dependencies: Dependencies): ActivityOf<typeof startRun> {
  const { requests, runs, pipelines, engine, now } = dependencies;

  return async ({ run, requests: ids }) => {
    const pipeline = pipelineOf(run);
    const stored = await pipelines.find(pipeline);
    const at = now().toISOString();
    const before = await runs.insert(newRun(run, ids, stored?.generation ?? 1, at));
    if (before && hasEnded(before.phase)) return null;

    await launch(requests, engine, before ?? { id: run, pipeline, requests: ids });
    return null;
  };
}

/** What follows on the run's row: takes its requests, then starts its orchestration. */
export async function launch(
  requests: Requests,
  engine: Engine,
  { id: run, pipeline, requests: ids }: Pick<RunRecord, "id" | "pipeline" | "requests">,
): Promise<void> {
  for (const request of ids) {
    // Taken by another run: leave it there. The run finds out when it begins.
    await changeRequest(requests, { pipeline, request }, (row) =>
      row.run === undefined ? { ...row, state: "running", run } : row,
    );
  }
  await engine.start(orchestrationNames.run, run, { run });
}

function newRun(id: string, requests: string[], generation: number, at: string): RunRecord {
  return {
    id,
    pipeline: pipelineOf(id),
    sequence: parseRunId(id)?.sequence ?? 1,
    generation,
    requests,
    phase: "Collecting",
    phases: [{ phase: "Collecting", at }],
    createdAt: at,
    updatedAt: at,
    leftBehind: [],
  };
}
