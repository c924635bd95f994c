import type { Action } from "../replay/action.ts";

/** An action in words. */
export function describeAction(action: Action): string {
  if ("compoundActions" in action) {
    return `${action.actionType === 11 ? "any" : "all"} of ${action.compoundActions.length} tasks`;
  }
  if ("operation" in action) {
    return `'${action.operation}' of entity ${action.instanceId} with ${toText(action.input)}`;
  }
  if (action.actionType === 2 || action.actionType === 3) return describeSubOrchestration(action);
  if ("functionName" in action) {
    return `activity '${action.functionName}' with ${toText(action.input)}`;
  }
  return describeOther(action);
}

function describeOther(action: Extract<Action, { actionType: 4 | 5 | 6 | 8 }>): string {
  switch (action.actionType) {
    case 4:
      return `to continue as new with ${toText(action.input)}`;
    case 5:
      return `${action.isCanceled ? "cancelled " : ""}timer until ${action.fireAt}`;
    case 6:
      return `event '${action.externalEventName}'`;
    case 8:
      return `HTTP ${action.httpRequest.method} ${action.httpRequest.uri}`;
  }
}

function describeSubOrchestration(action: Extract<Action, { actionType: 2 | 3 }>): string {
  const instance = action.instanceId ? ` as '${action.instanceId}'` : "";
  return `sub-orchestration '${action.functionName}'${instance} with ${toText(action.input)}`;
}

const LONGEST_TEXT = 200;

function toText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
