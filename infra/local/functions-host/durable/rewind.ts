import { EventType, type HistoryEvent } from "./history.ts";

export interface Rewound {
  readonly history: readonly HistoryEvent[];
  /** Sub-orchestrations that failed, by task id: they must be rewound too. */
  readonly subOrchestrations: readonly { readonly taskId: number; readonly instanceId: string }[];
}

/**
 * Takes the failures out of a history, so that the failed work is asked for again.
 *
 * Failed sub-orchestrations stay "created": they are rewound themselves and report again. As in Azure,
 * an orchestration that failed after retries or timers cannot be rewound: their steps stay.
 */
export function rewindHistory(history: readonly HistoryEvent[], executionId: string): Rewound {
  const failedTasks = new Set<number>();
  const failedSubs = new Set<number>();
  for (const event of history) {
    if (event.EventType === EventType.TaskFailed) failedTasks.add(event.TaskScheduledId);
    if (event.EventType === EventType.SubOrchestrationInstanceFailed) {
      failedSubs.add(event.TaskScheduledId);
    }
  }
  return {
    history: history
      .filter((event) => !isOfFailure(event, failedTasks))
      .map((event) => withExecution(event, executionId)),
    subOrchestrations: history.flatMap((event) =>
      event.EventType === EventType.SubOrchestrationInstanceCreated && failedSubs.has(event.EventId)
        ? [{ taskId: event.EventId, instanceId: event.InstanceId }]
        : [],
    ),
  };
}

const FAILURES: ReadonlySet<number> = new Set([
  EventType.TaskFailed,
  EventType.SubOrchestrationInstanceFailed,
  EventType.ExecutionCompleted,
]);

function isOfFailure(event: HistoryEvent, failedTasks: ReadonlySet<number>): boolean {
  if (event.EventType === EventType.TaskScheduled) return failedTasks.has(event.EventId);
  return FAILURES.has(event.EventType);
}

function withExecution(event: HistoryEvent, executionId: string): HistoryEvent {
  if (event.EventType !== EventType.ExecutionStarted) return event;
  const { InstanceId } = event.OrchestrationInstance;
  return { ...event, OrchestrationInstance: { InstanceId, ExecutionId: executionId } };
}
