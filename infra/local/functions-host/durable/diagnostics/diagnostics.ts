import type { Log } from "../../log.ts";
import type { HistoryEvent } from "../history.ts";
import type { Instance } from "../instance.ts";
import { NonDeterminism, OrchestrationFailure } from "../replay/failure.ts";
import { readAnswer } from "../replay/answer.ts";
import { type Completion, Replay, type ReplayResult } from "../replay/replay.ts";
import { runOrchestrator } from "../run-orchestrator.ts";
import { describeWaiting } from "./describe-waiting.ts";
import { locateStep } from "./locate-step.ts";
import { Once } from "./once.ts";
import { type OrchestratorRun, runTwice } from "./run-twice.ts";
import { type OrchestratorApp, TaskLines } from "./task-lines.ts";
import { type WaitingFor, waitingFor } from "./waiting-for.ts";

export interface DiagnosticsOptions {
  /** The app's directory: lines are told relative to it. */
  readonly root: string;
  readonly log: Log;
  /** Whether each orchestrator is called twice, and its answers compared. */
  readonly isStrict: boolean;
}

export interface Episode {
  readonly app: OrchestratorApp;
  readonly instance: Instance;
  /** What the orchestrator was given. */
  readonly history: readonly HistoryEvent[];
  readonly answer: string | OrchestrationFailure;
  readonly result: ReplayResult;
}

const CATEGORY = "Host.Triggers.DurableTask";

/** How the answer of an orchestrator that has returned begins (lib/src/orchestrations/OrchestratorState.js). */
const DONE = '{"isDone":true';

/** What durable-functions says when an orchestrator gave it a promise instead of a generator. */
const NO_GENERATOR = /generator\.(next|throw) is not a function/;

/** Watches orchestrations for what goes wrong without an error in Azure, and says it in the log. */
export class Diagnostics {
  /** How orchestrators are called. */
  readonly run: OrchestratorRun;
  readonly #root: string;
  readonly #log: Log;
  readonly #told = new Once();

  constructor({ root, log, isStrict }: DiagnosticsOptions) {
    this.run = isStrict ? runTwice(root, log) : runOrchestrator;
    this.#root = root;
    this.#log = log;
  }

  async afterEpisode(episode: Episode): Promise<void> {
    const { completion, decisions } = episode.result;
    for (const decision of decisions) {
      if (decision.kind === "activity") this.#warnOfBoolean(decision.name, decision.input);
    }
    if (completion?.status === "Failed") await this.#explainFailure(episode, completion);
    else if (!completion && decisions.length === 0) this.#warnOfWaiting(episode);
  }

  /** `MessagePayloadDataConverter` hands a boolean over as .NET's text for it. */
  #warnOfBoolean(name: string, input: string): void {
    if (input !== "[true]" && input !== "[false]") return;
    if (!this.#told.isNew(`boolean ${name}`)) return;
    const text = input === "[true]" ? "True" : "False";
    this.#warn(
      `Activity '${name}' was given a boolean, and gets the text "${text}", as in Azure. Hand it an object: { value: ${input.slice(1, -1)} }.`,
    );
  }

  async #explainFailure(
    episode: Episode,
    { result }: Extract<Completion, { status: "Failed" }>,
  ): Promise<void> {
    const { name } = episode.instance;
    if (NO_GENERATOR.test(result) && this.#told.isNew(`generator ${name}`)) {
      this.#warn(
        `Orchestrator '${name}' is no generator function: write function* and yield, not async and await.`,
      );
    }
    await this.#explainNonDeterminism(episode);
  }

  async #explainNonDeterminism(episode: Episode): Promise<void> {
    const { app, instance, history } = episode;
    const first = stateOf(episode);
    if (first instanceof OrchestrationFailure) return;
    const execution = executionOf(instance);
    const mismatch = findMismatch(new Replay(first, execution, app.functions), history);
    if (!mismatch) return;

    const lines = new TaskLines(this.#root);
    const texts = history.map((event) => JSON.stringify(event));
    const answer = await runOrchestrator(lines.watch(app), instance, texts);
    const state = stateOf({ ...episode, answer });
    const position =
      state instanceof OrchestrationFailure
        ? undefined
        : locateStep(mismatch.step, mismatch.before, state, execution, app.functions);
    const line = position && lines.lineOf(position);
    const where = line === undefined ? "" : ` At ${line}.`;
    this.#log.write("error", CATEGORY, `Instance '${instance.id}': ${mismatch.message}${where}`);
  }

  #warnOfWaiting(episode: Episode): void {
    const { instance } = episode;
    if (!isSuspicious(episode) || !this.#told.isOpen(instance.executionId)) return;
    const state = stateOf(episode);
    if (state instanceof OrchestrationFailure) return;

    const waiting = waitingFor(episode.history, state);
    const what = suspicionOf(waiting);
    if (what === undefined || !this.#told.isNew(instance.executionId)) return;
    this.#warn(`Instance '${instance.id}' of '${instance.name}'${what}`);
  }

  #warn(message: string): void {
    this.#log.write("warning", CATEGORY, message);
  }
}

/** What is open will come: only an orchestrator that has returned has nothing to do with it any more. */
function isSuspicious({ answer, result }: Episode): boolean {
  const isDone = typeof answer === "string" && answer.startsWith(DONE);
  return !result.isSuspended && (isDone || !result.hasOpenTasks);
}

function suspicionOf(waiting: WaitingFor): string | undefined {
  const { hint, stuck } = waiting;
  if (!stuck) return hint === undefined ? undefined : `: ${hint}`;
  const what = ` is stuck. It waits for ${describeWaiting(waiting)}.`;
  return hint === undefined ? what : `${what} ${hint}`;
}

interface Mismatch {
  readonly step: number;
  readonly before: readonly HistoryEvent[];
  readonly message: string;
}

function findMismatch(replay: Replay, history: readonly HistoryEvent[]): Mismatch | undefined {
  for (const [index, event] of history.entries()) {
    try {
      replay.process(event);
    } catch (error) {
      if (!(error instanceof NonDeterminism)) throw error;
      const { message } = error;
      return { step: event.EventId, before: history.slice(0, index), message };
    }
  }
  return undefined;
}

function stateOf({ answer, instance }: Pick<Episode, "answer" | "instance">) {
  return typeof answer === "string" ? readAnswer(answer, executionOf(instance)).state : answer;
}

function executionOf({ id: instanceId, executionId, name: orchestrator }: Instance) {
  return { instanceId, executionId, orchestrator };
}
