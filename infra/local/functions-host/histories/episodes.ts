import { EventType, type HistoryEvent } from "../durable/history.ts";

/** One call of an orchestrator: what it was given, and what came of it. */
export interface Episode {
  /** Counted from 1 since the execution began. */
  readonly number: number;
  /** All events up to what was new to the orchestrator. */
  readonly given: readonly HistoryEvent[];
  /** What it asked for, and its end if it came to one. */
  readonly made: readonly HistoryEvent[];
}

/** Events that the orchestrator's own decisions leave; all others come from outside. */
const MADE: ReadonlySet<number> = new Set([
  EventType.TaskScheduled,
  EventType.SubOrchestrationInstanceCreated,
  EventType.TimerCreated,
  EventType.EventSent,
  EventType.ExecutionCompleted,
]);

/**
 * The episodes of a history that can be replayed.
 *
 * A rewind takes events out of the episodes before it: they no longer hold what the orchestrator was given
 * and asked for, so the first of the returned episodes is then the one of the last rewind.
 */
export function episodesOf(history: readonly HistoryEvent[]): Episode[] {
  const starts = history.flatMap(({ EventType: type }, index) =>
    type === EventType.OrchestratorStarted ? [index] : [],
  );
  const episodes = starts.map((start, index) => {
    const end = starts[index + 1] ?? history.length;
    const made = history.slice(start, end).filter((event) => MADE.has(event.EventType));
    const given = history
      .slice(0, end)
      .filter((event, position) => position < start || isGiven(event));
    return { number: index + 1, given, made };
  });
  const rewind = episodes.findLastIndex((episode) => isRewind(episode));
  return rewind < 0 ? episodes : episodes.slice(rewind);
}

function isGiven(event: HistoryEvent): boolean {
  return !MADE.has(event.EventType) && event.EventType !== EventType.OrchestratorCompleted;
}

/** Only a rewind calls the orchestrator without anything new. */
function isRewind({ given }: Episode): boolean {
  return given.at(-1)?.EventType === EventType.OrchestratorStarted;
}
