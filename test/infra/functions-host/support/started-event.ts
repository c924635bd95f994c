import {
  EventType,
  type HistoryEvent,
  stampAt,
} from "../../../../infra/local/functions-host/durable/history.ts";

/** The execution that `startedAt` begins. */
export const EXECUTION = {
  instanceId: "one",
  executionId: "one-execution",
  orchestrator: "tune",
} as const;

export function startedAt(time: string): HistoryEvent {
  return {
    EventType: EventType.ExecutionStarted,
    OrchestrationInstance: {
      InstanceId: EXECUTION.instanceId,
      ExecutionId: EXECUTION.executionId,
    },
    ParentInstance: null,
    Name: EXECUTION.orchestrator,
    Version: "",
    Input: null,
    Tags: null,
    ...stampAt(time),
  };
}
