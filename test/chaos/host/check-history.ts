import {
  EventType,
  type HistoryEvent,
  readHistory,
} from "../../../infra/local/functions-host/durable/history.ts";
import { settledBy } from "../../../infra/local/functions-host/durable/loaded-execution.ts";
import type { Store } from "../../../infra/local/functions-host/durable/store/store.ts";

/** What an orchestration asked for, and how each of it may end. */
const ENDS = new Map<number, readonly number[]>([
  [EventType.TaskScheduled, [EventType.TaskCompleted, EventType.TaskFailed]],
  [EventType.TimerCreated, [EventType.TimerFired]],
  [
    EventType.SubOrchestrationInstanceCreated,
    [EventType.SubOrchestrationInstanceCompleted, EventType.SubOrchestrationInstanceFailed],
  ],
  [EventType.EventSent, []],
]);

/** @returns a sentence for each history that no task hub may write */
export function checkHistories(store: Store): string[] {
  return store
    .instances({})
    .flatMap(({ id }) =>
      checkHistory(readHistory(store.history(id))).map((what) => `history of ${id}: ${what}`),
    );
}

function checkHistory(history: readonly HistoryEvent[]): string[] {
  return [
    ...checkFrame(history),
    ...checkEpisodes(history),
    ...checkTasks(history),
    ...checkTimes(history),
  ];
}

/** One beginning, one end. */
function checkFrame(history: readonly HistoryEvent[]): string[] {
  const types = history.map(({ EventType: type }) => type);
  const broken: string[] = [];
  if (types[1] !== EventType.ExecutionStarted) broken.push("its second event is not its start");
  if (types.at(-2) !== EventType.ExecutionCompleted) broken.push("it does not end with its end");
  for (const once of [EventType.ExecutionStarted, EventType.ExecutionCompleted]) {
    const count = types.filter((type) => type === once).length;
    if (count !== 1) broken.push(`event ${once} is in it ${count} times`);
  }
  return broken;
}

/** Each episode is there from its first event to its last. */
function checkEpisodes(history: readonly HistoryEvent[]): string[] {
  const marks = history
    .map(({ EventType: type }) => type)
    .filter(
      (type) => type === EventType.OrchestratorStarted || type === EventType.OrchestratorCompleted,
    );
  const isBroken = marks.some(
    (type, index) =>
      type !== (index % 2 === 0 ? EventType.OrchestratorStarted : EventType.OrchestratorCompleted),
  );
  const isWhole =
    history[0]?.EventType === EventType.OrchestratorStarted &&
    history.at(-1)?.EventType === EventType.OrchestratorCompleted;
  return isBroken || !isWhole ? ["its episodes are not whole"] : [];
}

/** Ids without a gap, and each task settled at most once, by an event of its kind. */
function checkTasks(history: readonly HistoryEvent[]): string[] {
  const broken: string[] = [];
  const open = new Map<number, readonly number[]>();
  let nextId = 0;
  for (const event of history) {
    const ends = ENDS.get(event.EventType);
    if (ends) {
      if (event.EventId !== nextId) broken.push(`id ${event.EventId} instead of ${nextId}`);
      nextId = event.EventId + 1;
      open.set(event.EventId, ends);
      continue;
    }
    const settled = settledBy(event);
    if (settled === undefined) continue;
    if (!open.get(settled)?.includes(event.EventType)) {
      broken.push(`event ${event.EventType} ends task ${settled}, which is not open`);
    }
    open.delete(settled);
  }
  return broken;
}

/** Time does not go back, and no timer fires before its time. */
function checkTimes(history: readonly HistoryEvent[]): string[] {
  const broken: string[] = [];
  let last = 0;
  for (const event of history) {
    const time = Date.parse(event.Timestamp);
    if (time < last) broken.push(`time goes back to ${event.Timestamp}`);
    if (event.EventType === EventType.TimerFired && time < Date.parse(event.FireAt)) {
      broken.push(`timer ${event.TimerId} fires before ${event.FireAt}`);
    }
    last = time;
  }
  return broken;
}
