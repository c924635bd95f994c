import type { askBefore } from "../../shared/contracts/activities.ts";
import { pairAnswers } from "../../shared/domain/evaluation.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun } from "./change-run.ts";
import { askAll, questionsOf } from "./questions.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly serving: ServingCluster;
}

/**
 * Implements the `askBefore` contract.
 *
 * Now, because after an `inPlace` rollout the old adapter is gone. Where nothing serves yet, the base
 * model is asked later, on the new Workspace.
 */
export function createAskBefore(dependencies: Dependencies): ActivityOf<typeof askBefore> {
  const { runs, files, versions, serving } = dependencies;

  return async ({ run }) => {
    const { pipeline } = await readPlan(files, run);
    const { name } = pipeline.serving;
    const workspace = servingWorkspaceName(name);
    const release = await versions.latestRelease(pipelineOf(run));
    if (!release) return { asked: 0, workspace };

    const questions = questionsOf(pipeline);
    const before = await askAll(serving, name, name, questions);
    await changeRun(runs, run, (row) => ({ ...row, answers: pairAnswers(questions, before, []) }));
    const asked = before.filter((answer) => answer !== undefined).length;
    return { asked, workspace, version: release.version };
  };
}
