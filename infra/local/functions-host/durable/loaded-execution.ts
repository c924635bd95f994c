import { HistoryEvent } from "./history.ts";
import { OngoingReplay } from "./replay/ongoing-replay.ts";

/**
 * The history of one execution as a step works on it: parsed, and as the JSON text that the store has
 * and the orchestrator function gets. A step appends to it; what it appended counts once it is stored.
 */
export class LoadedExecution {
  readonly executionId: string;
  readonly events: HistoryEvent[] = [];
  readonly texts: string[] = [];
  /** How many of the events are stored. */
  stored = 0;
  readonly replay = new OngoingReplay();
  /** Ids of the tasks and timers that have ended. */
  readonly #settled = new Set<number>();

  constructor(executionId: string, events: Iterable<HistoryEvent> = []) {
    this.executionId = executionId;
    for (const event of events) this.append(event);
  }

  /** @param texts what the store has of it */
  static fromStore(executionId: string, texts: readonly string[]): LoadedExecution {
    const execution = new LoadedExecution(executionId);
    for (const text of texts) execution.#push(HistoryEvent.parse(JSON.parse(text)), text);
    execution.stored = texts.length;
    return execution;
  }

  append(event: HistoryEvent): void {
    this.#push(event, JSON.stringify(event));
  }

  /** The JSON text of what is not stored yet. */
  get unstored(): readonly string[] {
    return this.texts.slice(this.stored);
  }

  hasSettled(taskId: number): boolean {
    return this.#settled.has(taskId);
  }

  #push(event: HistoryEvent, text: string): void {
    this.events.push(event);
    this.texts.push(text);
    const settled = settledBy(event);
    if (settled !== undefined) this.#settled.add(settled);
  }
}

/** Which task or timer an event ends, if any: they share one sequence of ids. */
export function settledBy(event: object): number | undefined {
  if ("TaskScheduledId" in event) return Number(event.TaskScheduledId);
  if ("TimerId" in event) return Number(event.TimerId);
  return undefined;
}
