import type { verifyServing } from "../../shared/contracts/activities.ts";
import { pairAnswers } from "../../shared/domain/evaluation.ts";
import { runFileNames, servingWorkspaceName } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import { servingGapSeconds } from "../../shared/domain/serving-verdict.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun, readRun } from "./change-run.ts";
import { askAll, questionsOf } from "./questions.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly serving: ServingCluster;
}

/** Asked when a pipeline has no question of its own: a model that is live answers something. */
const ANY_QUESTION = "Hello";

/** Implements the `verifyServing` contract. */
export function createVerifyServing(dependencies: Dependencies): ActivityOf<typeof verifyServing> {
  const { runs, files, versions, serving } = dependencies;

  return async ({ run }) => {
    const { pipeline } = await readPlan(files, run);
    const { name } = pipeline.serving;
    await requireModel(serving, name);

    const questions = questionsOf(pipeline);
    const after = await askAll(serving, name, name, questions);
    const first = !(await versions.latestRelease(pipelineOf(run)));
    const before = first
      ? await askAll(serving, name, pipeline.tuning.model, questions)
      : ((await readRun(runs, run)).answers ?? []).map((pair) => pair.before);
    const answers = pairAnswers(questions, before, after);

    const gap = first ? undefined : await gapOf(serving, pipeline);
    await files.put({ run, name: runFileNames.answers }, Buffer.from(JSON.stringify(answers)));
    await changeRun(runs, run, (row) => ({
      ...row,
      answers,
      ...(gap !== undefined && { servingGapSeconds: gap }),
    }));
    return null;
  };
}

/** @throws {PermanentError} `ROLLOUT_FAILED` if the adapter is not among the models, or does not answer */
async function requireModel(serving: ServingCluster, name: string): Promise<void> {
  const models = await serving.models(name);
  if (!models.includes(name)) {
    const listed = models.join(", ") || "nothing";
    throw new PermanentError("ROLLOUT_FAILED", `/v1/models lists ${listed}, not ${name}`);
  }
  await serving.ask(name, name, ANY_QUESTION);
}

/** `inPlace` has one pod, replaced: the new one is created when the old one has gone. */
async function gapOf(
  serving: ServingCluster,
  { serving: { name } }: Pipeline,
): Promise<number | undefined> {
  const { pods } = await serving.observe(servingWorkspaceName(name), name);
  const pod = pods.find(({ deleting }) => !deleting);
  return pod?.readySince === undefined
    ? undefined
    : servingGapSeconds(pod.createdAt, pod.readySince);
}
