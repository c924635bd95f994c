import { EventType, type FailureDetails } from "./history.ts";
import type { ParentInstance } from "./instance.ts";
import { messageTo, type NewMessage } from "./message.ts";

export type SubOrchestrationEnd =
  | { readonly ok: true; readonly result: string | null }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly details: string;
      readonly failureDetails?: FailureDetails | undefined;
    };

/** The message that settles the parent's task; none if there is no parent. */
export function reportToParent(
  parent: ParentInstance | null,
  end: SubOrchestrationEnd,
): NewMessage[] {
  if (!parent) return [];
  const event = end.ok
    ? ({
        EventType: EventType.SubOrchestrationInstanceCompleted,
        TaskScheduledId: parent.taskId,
        Result: end.result,
      } as const)
    : ({
        EventType: EventType.SubOrchestrationInstanceFailed,
        TaskScheduledId: parent.taskId,
        Reason: end.reason,
        Details: end.details,
        ...(end.failureDetails && { FailureDetails: end.failureDetails }),
      } as const);
  return [messageTo(parent.instanceId, { kind: "event", executionId: parent.executionId, event })];
}
