import type { FunctionLookup } from "../../app/function-lookup.ts";
import type { HistoryEvent } from "../history.ts";
import type { OrchestratorState } from "./action.ts";
import { type Answer, readAnswer } from "./answer.ts";
import { OrchestrationFailure } from "./failure.ts";
import { Replay, type ReplayResult } from "./replay.ts";
import type { Execution } from "./replay-context.ts";

export interface OngoingResult extends ReplayResult {
  readonly state: OrchestratorState | OrchestrationFailure;
}

/** How an answer begins (lib/src/orchestrations/OrchestratorState.js). */
const HEADS = ['{"isDone":false,"actions":[[', '{"isDone":true,"actions":[['] as const;

/**
 * The replay of one execution, kept between its episodes. The function answers with all actions since its
 * execution began, and the history has all events: reading and replaying them from the beginning each time
 * is work that grows with the square of their number. As long as the answer goes on where the last one
 * ended, so does the replay.
 *
 * It begins anew where the two could differ: when an earlier action has changed (a timer was cancelled),
 * and when the replay had no action left to wait for, because the next one might then belong to a moment
 * that is over.
 */
export class OngoingReplay {
  #replay: Replay | undefined;
  /** How many events have been processed. */
  #processed = 0;
  /** The last answer's actions as text, behind its head and without the brackets at the end. */
  #actions = "";

  /** @param history all of it; what earlier calls have seen has not changed */
  next(
    answer: string | OrchestrationFailure,
    history: readonly HistoryEvent[],
    execution: Execution,
    functions: FunctionLookup,
  ): OngoingResult {
    const state = this.#goOn(answer, execution) ?? this.#beginAnew(answer, execution, functions);
    const replay = this.#replay;
    if (!replay) throw new Error("There is no replay to go on with.");
    const result = replay.processAll(history.slice(this.#processed));
    this.#processed = history.length;
    return { ...result, state };
  }

  /** @returns undefined if it cannot */
  #goOn(text: string | OrchestrationFailure, execution: Execution): Answer["state"] | undefined {
    const replay = this.#replay;
    if (!replay || replay.isExhausted || typeof text !== "string") return undefined;
    const head = HEADS.find((beginning) => text.startsWith(beginning));
    if (head === undefined || this.#actions === "") return undefined;
    if (!text.startsWith(this.#actions, head.length)) return undefined;

    const rest = text.slice(head.length + this.#actions.length);
    const answer = readAnswer(head + (rest.startsWith(",") ? rest.slice(1) : rest), execution);
    if (answer.state instanceof OrchestrationFailure) return undefined;
    replay.extend(answer.state);
    const added = answer.actions === "" ? 0 : answer.actions.length + ",".length;
    this.#remember(text, head, this.#actions.length + added);
    return answer.state;
  }

  #beginAnew(
    text: string | OrchestrationFailure,
    execution: Execution,
    functions: FunctionLookup,
  ): Answer["state"] {
    const answer =
      typeof text === "string" ? readAnswer(text, execution) : { state: text, actions: "" };
    this.#replay = new Replay(answer.state, execution, functions);
    this.#processed = 0;
    this.#actions = "";
    const head = HEADS.find((beginning) => typeof text === "string" && text.startsWith(beginning));
    if (typeof text === "string" && head !== undefined) {
      this.#remember(text, head, answer.actions.length);
    }
    return answer.state;
  }

  /** Keeps the actions' text, if they end where they were expected to. */
  #remember(text: string, head: string, length: number): void {
    const isAsExpected = text.startsWith("]]", head.length + length);
    this.#actions = isAsExpected ? text.slice(head.length, head.length + length) : "";
  }
}
