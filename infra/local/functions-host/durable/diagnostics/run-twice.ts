import { setTimeout } from "node:timers/promises";

import type { Log } from "../../log.ts";
import type { Instance } from "../instance.ts";
import { readAnswer } from "../replay/answer.ts";
import { NonDeterminism, OrchestrationFailure } from "../replay/failure.ts";
import { runOrchestrator } from "../run-orchestrator.ts";
import { type AnswerDifference, compareAnswers } from "./compare-answers.ts";
import { TaskLines } from "./task-lines.ts";

export type OrchestratorRun = typeof runOrchestrator;

/** So that an orchestrator which reads the clock of the machine reads another time. */
const PAUSE_MS = 2;
const CATEGORY = "Host.Triggers.DurableTask";

/**
 * Calls each orchestrator twice with the same history. If it does not answer the same, a replay would not
 * either, some day, after a restart: it fails now, and says where.
 *
 * @param root the app's directory: lines are told relative to it
 */
export function runTwice(root: string, log: Log): OrchestratorRun {
  return async (app, instance, history) => {
    const first = await runOrchestrator(app, instance, history);
    await setTimeout(PAUSE_MS);
    const lines = new TaskLines(root);
    const second = await runOrchestrator(lines.watch(app), instance, history);

    const [expected, came] = [stateOf(first, instance), stateOf(second, instance)];
    const difference = compareAnswers(expected, came);
    if (difference) {
      const failure = new NonDeterminism(explain(instance, difference, lines));
      log.write("error", CATEGORY, failure.message);
      return failure;
    }
    if (!(came instanceof OrchestrationFailure) && came.isDone) warnOfUnused(instance, lines, log);
    return second;
  };
}

function stateOf(answer: string | OrchestrationFailure, { name }: Instance) {
  return typeof answer === "string" ? readAnswer(answer, { orchestrator: name }).state : answer;
}

function explain(
  { id, name }: Instance,
  { position, what, expected, came }: AnswerDifference,
  lines: TaskLines,
): string {
  const line = position && lines.lineOf(position);
  return (
    `Non-Deterministic workflow detected: instance '${id}' of '${name}' answered differently to the same history. ` +
    `${what[0]?.toUpperCase() ?? ""}${what.slice(1)}: expected ${expected}, came ${came}${line === undefined ? "" : `, at ${line}`}. ` +
    "Orchestrator code must not read the clock, random numbers, the environment or variables that outlive a call."
  );
}

function warnOfUnused({ id, name }: Instance, lines: TaskLines, log: Log): void {
  for (const line of lines.unusedLines()) {
    log.write(
      "warning",
      CATEGORY,
      `Instance '${id}' of '${name}' is done, and a task that it made at ${line} was never yielded: nothing of it ran.`,
    );
  }
}
