import type { Question } from "../../shared/domain/evaluation.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";

export function questionsOf(pipeline: Pipeline): Question[] {
  return pipeline.evaluation.questions.map(({ ask, expect }) => ({
    ask,
    contains: expect?.contains ?? [],
  }));
}

/**
 * Asks each question once.
 *
 * @returns answers in the order of the questions; `undefined` where nothing answered
 */
export async function askAll(
  serving: ServingCluster,
  service: string,
  model: string,
  questions: readonly Question[],
): Promise<(string | undefined)[]> {
  const answers: (string | undefined)[] = [];
  // One after the other: a model on one GPU queues them anyway, and a queue guard answers 429.
  for (const { ask } of questions) {
    answers.push(await serving.ask(service, model, ask).catch(unlessForbidden));
  }
  return answers;
}

function unlessForbidden(error: unknown): undefined {
  if (error instanceof PermanentError && error.code === "PERMISSION_DENIED") throw error;
  return undefined;
}
