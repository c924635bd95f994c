import type { beginRun, Limits } from "../../shared/contracts/activities.ts";
import { runFileNames } from "../../shared/domain/names.ts";
import { hasEnded, type RunRecord } from "../../shared/domain/run.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun, readRun } from "./change-run.ts";
import { type PipelineCopy, readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly requests: Requests;
  readonly pipelines: Pipelines;
  readonly files: RunFiles;
  readonly limits: Omit<Limits, "tuningDeadlineMs">;
}

/** Implements the `beginRun` contract. */
export function createBeginRun(dependencies: Dependencies): ActivityOf<typeof beginRun> {
  const { runs, requests, pipelines, files, limits } = dependencies;

  return async ({ run }) => {
    const row = await readRun(runs, run);
    if (hasEnded(row.phase) || !(await hasRequests(requests, row))) {
      return { nothingToDo: true, limits: { ...limits, tuningDeadlineMs: 1 } };
    }

    const stored = await pipelines.find(row.pipeline);
    if (!stored)
      throw new PermanentError("PIPELINE_INVALID", `There is no pipeline ${row.pipeline}`);
    const copy: PipelineCopy = { generation: stored.generation, yaml: stored.yaml };
    const file = { run, name: runFileNames.pipeline };
    await files.putOnce(file, Buffer.from(JSON.stringify(copy)));
    const { generation, pipeline } = await readPlan(files, run);
    await changeRun(runs, run, (current) => ({ ...current, generation }));
    return {
      nothingToDo: false,
      limits: { ...limits, tuningDeadlineMs: pipeline.tuning.deadline },
    };
  };
}

async function hasRequests(
  requests: Requests,
  { id, pipeline, ...row }: RunRecord,
): Promise<boolean> {
  const found = await Promise.all(row.requests.map((request) => requests.find(pipeline, request)));
  return found.some((request) => request?.row.run === id);
}
