import type { FunctionLookup } from "../../app/function-lookup.ts";
import type { HistoryEvent } from "../history.ts";
import type { Action, OrchestratorState } from "../replay/action.ts";
import type { Decision, Execution } from "../replay/replay-context.ts";
import { replay } from "../replay/replay.ts";

/**
 * Which action of an answer asks for the step with this event id.
 *
 * The replay does not say: actions have no ids, and some take several. But the step appears with exactly
 * one of them, when the actions are added one by one.
 *
 * @param history up to the event that should have been this step's
 * @returns as `TaskLines.lineOf` takes it; undefined if none, or if several tasks of a compound could be it
 */
export function locateStep(
  id: number,
  history: readonly HistoryEvent[],
  state: OrchestratorState,
  execution: Execution,
  functions: FunctionLookup,
): readonly number[] | undefined {
  const actions = state.actions[0] ?? [];
  for (let count = 1; count <= actions.length; count += 1) {
    const beginning = { isDone: false, actions: [actions.slice(0, count)] };
    const { decisions } = replay(history, beginning, execution, functions);
    const decision = decisions.find((made) => made.id === id);
    const action = actions[count - 1];
    if (decision && action) return locateInside(action, decision, [count - 1]);
  }
  return undefined;
}

function locateInside(
  action: Action,
  decision: Decision,
  position: readonly number[],
): readonly number[] | undefined {
  if (!("compoundActions" in action)) return position;
  const matching = action.compoundActions.flatMap((child, index) => {
    if (!("compoundActions" in child) && !couldMake(child, decision)) return [];
    const inside = locateInside(child, decision, [...position, index]);
    return inside ? [inside] : [];
  });
  return matching.length === 1 ? matching[0] : undefined;
}

function couldMake(action: Action, decision: Decision): boolean {
  if ("functionName" in action) return couldCall(action, decision);
  if ("operation" in action) return decision.kind === "event" && decision.to === action.instanceId;
  if (action.actionType === 5) {
    return decision.kind === "timer" && decision.fireAt === action.fireAt;
  }
  return action.actionType === 8 && decision.kind === "activity" && isCallOf(action, decision);
}

function couldCall(action: Extract<Action, { functionName: string }>, decision: Decision): boolean {
  if (decision.name !== action.functionName) return false;
  if (action.actionType === 2 || action.actionType === 3) {
    return decision.kind === "sub-orchestration";
  }
  return decision.kind === "activity" && decision.input === JSON.stringify([action.input ?? null]);
}

function isCallOf(
  { httpRequest }: Extract<Action, { actionType: 8 }>,
  { input }: Extract<Decision, { kind: "activity" }>,
): boolean {
  return input.includes(JSON.stringify(httpRequest.uri));
}
