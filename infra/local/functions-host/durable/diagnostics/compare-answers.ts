import { isDeepStrictEqual } from "node:util";

import type { Action, OrchestratorState } from "../replay/action.ts";
import { OrchestrationFailure } from "../replay/failure.ts";
import { describeAction } from "./describe-action.ts";

export interface AnswerDifference {
  /** Among the actions, and then among the tasks of compound ones; undefined if the actions are the same. */
  readonly position: readonly number[] | undefined;
  /** What of the answer it is, for people: `action 3`. */
  readonly what: string;
  readonly expected: string;
  readonly came: string;
}

type State = OrchestratorState | OrchestrationFailure;

/** Compares two answers of an orchestrator to the same history. @returns the first difference */
export function compareAnswers(first: State, second: State): AnswerDifference | undefined {
  if (first instanceof OrchestrationFailure || second instanceof OrchestrationFailure) {
    return compareFacts("end", endOf(first), endOf(second));
  }
  return (
    compareActions(first.actions[0] ?? [], second.actions[0] ?? [], []) ??
    compareFacts("end", endOf(first), endOf(second)) ??
    compareFacts("output", first.output, second.output) ??
    compareFacts("custom status", first.customStatus, second.customStatus)
  );
}

function compareActions(
  first: readonly Action[],
  second: readonly Action[],
  parent: readonly number[],
): AnswerDifference | undefined {
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const [expected, came] = [first[index], second[index]];
    if (isDeepStrictEqual(expected, came)) continue;
    const position = [...parent, index];
    if (expected && came && isCompound(expected) && isCompound(came)) {
      const inside = compareActions(expected.compoundActions, came.compoundActions, position);
      if (inside) return inside;
    }
    const what = `action ${position.map((place) => place + 1).join(".")}`;
    return { position, what, ...describeBoth(expected, came) };
  }
  return undefined;
}

/** In words, unless the words are the same: then everything is shown. */
function describeBoth(expected: Action | undefined, came: Action | undefined) {
  const words = {
    expected: expected ? describeAction(expected) : "nothing",
    came: came ? describeAction(came) : "nothing",
  };
  if (words.expected !== words.came) return words;
  return { expected: toText(expected), came: toText(came) };
}

function isCompound(action: Action): action is Extract<Action, { actionType: 11 | 12 }> {
  return action.actionType === 11 || action.actionType === 12;
}

function compareFacts(what: string, first: unknown, second: unknown): AnswerDifference | undefined {
  if (isDeepStrictEqual(first, second)) return undefined;
  return { position: undefined, what, expected: toText(first), came: toText(second) };
}

function endOf(state: State): string {
  if (state instanceof OrchestrationFailure) return `it fails: ${state.message}`;
  if (state.error !== undefined && state.error !== null) return `it fails: ${state.error}`;
  return state.isDone ? "it is done" : "it goes on";
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}
