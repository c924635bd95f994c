import { z } from "zod";

/** DurableTask.Core `EventType`; durable-functions reads the numbers (lib/src/history/HistoryEventType.js). */
export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  ExecutionTerminated: 3,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  SubOrchestrationInstanceCreated: 7,
  SubOrchestrationInstanceCompleted: 8,
  SubOrchestrationInstanceFailed: 9,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventSent: 14,
  EventRaised: 15,
  ExecutionSuspended: 19,
  ExecutionResumed: 20,
} as const;

const nullableText = z.string().nullable();

/** Every event carries these; Timestamp is read by durable-functions as a date wherever it stands. */
const stamp = { EventId: z.number(), IsPlayed: z.boolean(), Timestamp: z.string() };

const executionStarted = z.object({
  EventType: z.literal(EventType.ExecutionStarted),
  OrchestrationInstance: z.object({ InstanceId: z.string(), ExecutionId: z.string() }),
  ParentInstance: z
    .object({
      TaskScheduleId: z.number(),
      OrchestrationInstance: z.object({ InstanceId: z.string(), ExecutionId: z.string() }),
    })
    .nullable(),
  Name: z.string(),
  Version: z.string(),
  Input: nullableText,
  Tags: z.null(),
});

const executionCompleted = z.object({
  EventType: z.literal(EventType.ExecutionCompleted),
  OrchestrationStatus: z.string(),
  Result: nullableText,
});

const executionTerminated = z.object({
  EventType: z.literal(EventType.ExecutionTerminated),
  Input: nullableText,
});

const taskScheduled = z.object({
  EventType: z.literal(EventType.TaskScheduled),
  Name: z.string(),
  Version: z.string(),
  Input: z.string(),
});

/** Result is JSON text or null, never missing: durable-functions parses it unseen. */
const completed = { TaskScheduledId: z.number(), Result: nullableText };

/** DurableTask.Core `FailureDetails`; extension PR #3451 hands it to durable-functions. */
export const FailureDetails = z.object({
  ErrorType: z.string(),
  ErrorMessage: z.string(),
  StackTrace: z.string().nullish(),
  IsNonRetriable: z.boolean(),
  Properties: z.record(z.string(), z.unknown()).nullish(),
  get InnerFailure() {
    return FailureDetails.nullish();
  },
});
export type FailureDetails = z.infer<typeof FailureDetails>;

/** Both texts must be there: durable-functions fails the orchestration otherwise. */
const failed = {
  TaskScheduledId: z.number(),
  Reason: z.string(),
  Details: z.string(),
  FailureDetails: FailureDetails.optional(),
};

const taskCompleted = z.object({ EventType: z.literal(EventType.TaskCompleted), ...completed });
const taskFailed = z.object({ EventType: z.literal(EventType.TaskFailed), ...failed });

const subCreated = z.object({
  EventType: z.literal(EventType.SubOrchestrationInstanceCreated),
  Name: z.string(),
  Version: z.string(),
  InstanceId: z.string(),
  Input: nullableText,
});

const subCompleted = z.object({
  EventType: z.literal(EventType.SubOrchestrationInstanceCompleted),
  ...completed,
});
const subFailed = z.object({
  EventType: z.literal(EventType.SubOrchestrationInstanceFailed),
  ...failed,
});

const timerCreated = z.object({ EventType: z.literal(EventType.TimerCreated), FireAt: z.string() });

const timerFired = z.object({
  EventType: z.literal(EventType.TimerFired),
  TimerId: z.number(),
  FireAt: z.string(),
});

const orchestratorStarted = z.object({ EventType: z.literal(EventType.OrchestratorStarted) });
const orchestratorCompleted = z.object({ EventType: z.literal(EventType.OrchestratorCompleted) });

const eventSent = z.object({
  EventType: z.literal(EventType.EventSent),
  Name: z.string(),
  InstanceId: z.string(),
  Input: z.string(),
});

export const RaisedEvent = z.object({
  EventType: z.literal(EventType.EventRaised),
  Name: z.string(),
  Input: nullableText,
});

export type RaisedEvent = z.infer<typeof RaisedEvent>;

const suspended = z.object({
  EventType: z.literal(EventType.ExecutionSuspended),
  Reason: nullableText,
});

const resumed = z.object({
  EventType: z.literal(EventType.ExecutionResumed),
  Reason: nullableText,
});

/** What can happen to an instance from outside one of its episodes: the content of a message to it. */
export const Happening = z.discriminatedUnion("EventType", [
  executionStarted,
  executionTerminated,
  taskCompleted,
  taskFailed,
  subCompleted,
  subFailed,
  timerFired,
  RaisedEvent,
  suspended,
  resumed,
]);
export type Happening = z.infer<typeof Happening>;

export const HistoryEvent = z.discriminatedUnion("EventType", [
  executionStarted.extend(stamp),
  executionCompleted.extend(stamp),
  executionTerminated.extend(stamp),
  taskScheduled.extend(stamp),
  taskCompleted.extend(stamp),
  taskFailed.extend(stamp),
  subCreated.extend(stamp),
  subCompleted.extend(stamp),
  subFailed.extend(stamp),
  timerCreated.extend(stamp),
  timerFired.extend(stamp),
  orchestratorStarted.extend(stamp),
  orchestratorCompleted.extend(stamp),
  eventSent.extend(stamp),
  RaisedEvent.extend(stamp),
  suspended.extend(stamp),
  resumed.extend(stamp),
]);
export type HistoryEvent = z.infer<typeof HistoryEvent>;

/** @param texts the JSON text of each event, as stores keep it */
export function readHistory(texts: readonly string[]): HistoryEvent[] {
  return texts.map((text) => HistoryEvent.parse(JSON.parse(text)));
}

/** The id of an event that no decision of the orchestrator made. */
export const NO_EVENT_ID = -1;

export function stampAt(time: string, id = NO_EVENT_ID) {
  return { EventId: id, IsPlayed: false, Timestamp: time };
}
