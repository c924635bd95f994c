import { EventType, type HistoryEvent } from "../history.ts";
import { tokenOf } from "./token.ts";

export interface HistoryOptions {
  readonly showInput: boolean;
  readonly showHistoryOutput: boolean;
  readonly hasTaskInputs: boolean;
}

type Beginning = Extract<HistoryEvent, { Name: string; InstanceId?: string }>;
type Beginnings = ReadonlyMap<number, Beginning>;
type Document = Record<string, unknown>;

const NAME_OF = new Map<number, string>(
  Object.entries(EventType).map(([name, number]) => [number, name]),
);

/** Marks of an episode, which the extension leaves out. */
const HIDDEN: ReadonlySet<number> = new Set([
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
]);

/** What the extension removes from each event (DurableClient.cs, `GetDurableOrchestrationStatusAsync`). */
const REMOVED = new Set([
  "EventId",
  "IsPlayed",
  "TaskScheduledId",
  "TimerId",
  "Version",
  "Tags",
  "OrchestrationInstance",
  "ParentInstance",
]);

/** A history for people: the end of a task carries what is known of its beginning, which then is left out. */
export function describeHistory(
  history: readonly HistoryEvent[],
  options: HistoryOptions,
): Document[] {
  const begun = new Map<number, Beginning>();
  const ended = new Set<number>();
  for (const event of history) {
    if (isBeginning(event)) begun.set(event.EventId, event);
    if ("TaskScheduledId" in event) ended.add(event.TaskScheduledId);
  }
  return history
    .filter((event) => !HIDDEN.has(event.EventType))
    .filter((event) => !isBeginning(event) || !ended.has(event.EventId))
    .map((event) => describeEvent(event, begun, options));
}

function describeEvent(event: HistoryEvent, begun: Beginnings, options: HistoryOptions): Document {
  const document: Document = { ...event, EventType: NAME_OF.get(event.EventType) };
  for (const key of REMOVED) delete document[key];
  if (event.EventType === EventType.ExecutionStarted) {
    delete document["Name"];
    document["FunctionName"] = event.Name;
  }
  if ("Result" in event) {
    document["Result"] = options.showHistoryOutput ? tokenOf(event.Result) : undefined;
  }
  return { ...document, ...describeTask(event, begun, options) };
}

/** What is undefined is not in the document. */
function describeTask(event: HistoryEvent, begun: Beginnings, options: HistoryOptions): Document {
  const beginning = "TaskScheduledId" in event ? begun.get(event.TaskScheduledId) : undefined;
  const task = isBeginning(event) ? event : beginning;
  const input = options.hasTaskInputs ? task?.Input : null;
  return {
    ...(beginning ? { ScheduledTime: beginning.Timestamp, FunctionName: beginning.Name } : {}),
    ...(task ? { Input: input } : {}),
    ...(options.showInput ? {} : { Input: undefined }),
  };
}

function isBeginning(event: HistoryEvent) {
  return (
    event.EventType === EventType.TaskScheduled ||
    event.EventType === EventType.SubOrchestrationInstanceCreated
  );
}
