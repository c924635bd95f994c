import type { FunctionApp } from "../app/function-app.ts";
import { locateStep } from "../durable/diagnostics/locate-step.ts";
import { type OrchestratorApp, TaskLines } from "../durable/diagnostics/task-lines.ts";
import type { Instance } from "../durable/instance.ts";
import type { OrchestratorState } from "../durable/replay/action.ts";
import { readAnswer } from "../durable/replay/answer.ts";
import { OrchestrationFailure } from "../durable/replay/failure.ts";
import { replay } from "../durable/replay/replay.ts";
import { runOrchestrator } from "../durable/run-orchestrator.ts";
import { compareEpisode, type EpisodeDifference } from "./compare-episode.ts";
import { type Episode, episodesOf } from "./episodes.ts";
import { instanceOf, type SavedHistory } from "./history-file.ts";

export interface HistoryDifference extends EpisodeDifference {
  readonly episode: number;
  /** Where the code asks for what came, if that can be told. */
  readonly line?: string;
}

/**
 * Runs the orchestrator as it is now on each episode of a saved execution.
 *
 * @returns the first difference from what was saved
 */
export async function replaySaved(
  app: FunctionApp,
  root: string,
  saved: SavedHistory,
): Promise<HistoryDifference | undefined> {
  const replaying = { app, instance: instanceOf(saved) };
  for (const episode of episodesOf(saved.history)) {
    const difference = await replayEpisode(replaying, episode);
    if (!difference) continue;
    const line = await findLine(replaying, root, episode, difference);
    return { episode: episode.number, ...difference, ...(line === undefined ? {} : { line }) };
  }
  return undefined;
}

interface Replaying {
  readonly app: OrchestratorApp;
  readonly instance: Instance;
}

async function replayEpisode(
  { app, instance }: Replaying,
  episode: Episode,
): Promise<EpisodeDifference | undefined> {
  const state = await call(app, instance, episode);
  const result = replay(episode.given, state, executionOf(instance), app.functions);
  return compareEpisode(episode.made, result);
}

/** Calls the orchestrator once more, watched. */
async function findLine(
  { app, instance }: Replaying,
  root: string,
  episode: Episode,
  { step }: EpisodeDifference,
): Promise<string | undefined> {
  if (step === undefined) return undefined;
  const lines = new TaskLines(root);
  const state = await call(lines.watch(app), instance, episode);
  if (state instanceof OrchestrationFailure) return undefined;
  const execution = executionOf(instance);
  const position = locateStep(step, episode.given, state, execution, app.functions);
  return position && lines.lineOf(position);
}

async function call(
  app: OrchestratorApp,
  instance: Instance,
  { given }: Episode,
): Promise<OrchestratorState | OrchestrationFailure> {
  const texts = given.map((event) => JSON.stringify(event));
  const answer = await runOrchestrator(app, instance, texts);
  return typeof answer === "string" ? readAnswer(answer, executionOf(instance)).state : answer;
}

function executionOf({ id: instanceId, executionId, name: orchestrator }: Instance) {
  return { instanceId, executionId, orchestrator };
}
