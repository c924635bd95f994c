import { EventType, type HistoryEvent } from "../history.ts";
import type { Action, OrchestratorState } from "../replay/action.ts";
import { describeAction } from "./describe-action.ts";
import { type OpenWork, openWorkOf } from "./open-work.ts";

export interface WaitingFor extends OpenWork {
  /** Names of external events, as the orchestrator spells them. */
  readonly events: readonly string[];
  readonly isSuspended: boolean;
  /** Nothing that it waits for can come any more, or not as it waits for it. */
  readonly stuck: boolean;
  /** Why it may be stuck, or what keeps it running although it has finished. */
  readonly hint?: string;
}

/**
 * What an instance that has not ended waits for.
 *
 * @param history of its current execution
 * @param state what its orchestrator answered to that history
 */
export function waitingFor(history: readonly HistoryEvent[], state: OrchestratorState): WaitingFor {
  const [actions = []] = state.actions;
  const leaves = leavesOf(actions);
  const { timers, ...open } = openWorkOf(history);
  const waits = {
    ...open,
    timers: withoutCancelled(timers, leaves),
    events: missingEvents(history, leaves),
    isSuspended: isSuspended(history),
  };
  if (state.isDone)
    return { ...waits, events: [], stuck: false, ...hintOf(afterEnd(waits.timers)) };

  if (waits.isSuspended || hasOpenWork(waits)) return { ...waits, stuck: false };
  const otherCase = eventInOtherCase(history, waits.events);
  const stuck = waits.events.length === 0 || otherCase !== undefined;
  if (!stuck) return { ...waits, stuck };
  return { ...waits, stuck, ...hintOf(otherCase ?? reusedTask(actions)) };
}

function hintOf(hint: string | undefined): Pick<WaitingFor, "hint"> {
  return hint === undefined ? {} : { hint };
}

function hasOpenWork({ activities, timers, subOrchestrations, entityCalls }: OpenWork): boolean {
  return [activities, timers, subOrchestrations, entityCalls].some(({ length }) => length > 0);
}

function leavesOf(actions: readonly Action[]): Action[] {
  return actions.flatMap((action) =>
    "compoundActions" in action ? leavesOf(action.compoundActions) : [action],
  );
}

/** A cancelled timer stays in the history, and fires when nobody waits for it. */
function withoutCancelled(timers: OpenWork["timers"], leaves: readonly Action[]) {
  const cancelled = leaves.flatMap((action) =>
    action.actionType === 5 && action.isCanceled ? [Date.parse(action.fireAt)] : [],
  );
  return timers.filter(({ until }) => {
    const index = cancelled.indexOf(Date.parse(until));
    if (index >= 0) cancelled.splice(index, 1);
    return index < 0;
  });
}

/** Those that have been asked for more often than they came, by durable-functions' comparison: with case. */
function missingEvents(history: readonly HistoryEvent[], leaves: readonly Action[]): string[] {
  const raised = history.flatMap((event) =>
    event.EventType === EventType.EventRaised ? [event.Name] : [],
  );
  const missing: string[] = [];
  for (const action of leaves) {
    if (action.actionType !== 6) continue;
    const index = raised.indexOf(action.externalEventName);
    if (index >= 0) raised.splice(index, 1);
    else missing.push(action.externalEventName);
  }
  return [...new Set(missing)];
}

/**
 * The extension compares names without case and hands the event over; durable-functions looks for the exact
 * name, finds no task and keeps it for ever (TaskOrchestrationExecutor.js, `deferredTasks`).
 */
function eventInOtherCase(
  history: readonly HistoryEvent[],
  waitedFor: readonly string[],
): string | undefined {
  for (const event of history) {
    if (event.EventType !== EventType.EventRaised) continue;
    const name = waitedFor.find((one) => one.toLowerCase() === event.Name.toLowerCase());
    if (name === undefined || name === event.Name) continue;
    return `The event '${event.Name}' came, and the orchestrator waits for '${name}': durable-functions compares names with their case.`;
  }
  return undefined;
}

/**
 * A task in a second compound task is asked for again, and ids no longer agree between library and host
 * (azure-functions-durable-js issue 574). A compound of tasks that have all ended never ends itself.
 */
function reusedTask(actions: readonly Action[]): string | undefined {
  const seen = new Map<string, Action>();
  for (const action of actions) {
    const leaves = leavesOf([action]);
    const again = leaves.find((leaf) => seen.has(JSON.stringify(leaf)));
    if (again && "compoundActions" in action) {
      return `A task was handed to Task.all or Task.any that had been waited for before (${describeAction(again)}): durable-functions asks for it again and loses count. Make a new task, or keep the first one's result.`;
    }
    for (const leaf of leaves) seen.set(JSON.stringify(leaf), leaf);
  }
  return undefined;
}

function afterEnd(timers: OpenWork["timers"]): string | undefined {
  const [first] = timers;
  if (!first) return undefined;
  return `The orchestrator has returned, and its timer until ${first.until} keeps it running: cancel timers that lost their race.`;
}

function isSuspended(history: readonly HistoryEvent[]): boolean {
  const last = history.findLast(
    ({ EventType: type }) =>
      type === EventType.ExecutionSuspended || type === EventType.ExecutionResumed,
  );
  return last?.EventType === EventType.ExecutionSuspended;
}
