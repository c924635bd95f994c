import { EventType, type HistoryEvent } from "../history.ts";
import type { Instance } from "../instance.ts";

const NAME_OF = new Map<number, string>(
  Object.entries(EventType).map(([name, number]) => [number, name]),
);

/** Marks of an episode, which the extension leaves out. */
const HIDDEN: ReadonlySet<number> = new Set([
  EventType.OrchestratorStarted,
  EventType.OrchestratorCompleted,
]);

export interface StatusOptions {
  readonly showInput: boolean;
  readonly history: readonly HistoryEvent[] | undefined;
  readonly showHistoryOutput: boolean;
}

/** What the management API says about an instance. All keys are there: durable-functions insists. */
export function statusDocument(instance: Instance, options: StatusOptions) {
  return {
    name: instance.name,
    instanceId: instance.id,
    runtimeStatus: instance.status,
    input: options.showInput ? valueOf(instance.input) : null,
    customStatus: valueOf(instance.customStatus),
    output: valueOf(instance.output),
    createdTime: withoutFraction(instance.createdAt),
    lastUpdatedTime: withoutFraction(instance.updatedAt),
    ...(options.history
      ? { historyEvents: describeHistory(options.history, options.showHistoryOutput) }
      : {}),
  };
}

/** The end of a task carries what is known of its beginning, which then is left out. */
function describeHistory(history: readonly HistoryEvent[], showOutput: boolean) {
  const begun = new Map<number, { readonly Name: string; readonly Timestamp: string }>();
  const ended = new Set<number>();
  for (const event of history) {
    if (beginsTask(event)) begun.set(event.EventId, event);
    if ("TaskScheduledId" in event) ended.add(event.TaskScheduledId);
  }
  return history
    .filter((event) => !HIDDEN.has(event.EventType))
    .filter((event) => !beginsTask(event) || !ended.has(event.EventId))
    .map((event) => describeEvent(event, begun, showOutput));
}

function describeEvent(
  event: HistoryEvent,
  begun: ReadonlyMap<number, { readonly Name: string; readonly Timestamp: string }>,
  showOutput: boolean,
) {
  const { EventId: _id, IsPlayed: _played, EventType: type, ...rest } = event;
  const beginning = "TaskScheduledId" in event ? begun.get(event.TaskScheduledId) : undefined;
  return {
    EventType: NAME_OF.get(type),
    ...rest,
    ...(showOutput || !("Result" in rest) ? {} : { Result: undefined }),
    ...(beginning ? { FunctionName: beginning.Name, ScheduledTime: beginning.Timestamp } : {}),
  };
}

function beginsTask(event: HistoryEvent) {
  return (
    event.EventType === EventType.TaskScheduled ||
    event.EventType === EventType.SubOrchestrationInstanceCreated
  );
}

/** JSON text gives its value; a failure's message or a reason stands for itself. */
function valueOf(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutFraction(time: string): string {
  return `${time.slice(0, 19)}Z`;
}
