import {
  type AppFunction,
  FunctionLookup,
} from "../../../../infra/local/functions-host/app/function-lookup.ts";
import {
  EventType,
  type Happening,
  type HistoryEvent,
  stampAt,
} from "../../../../infra/local/functions-host/durable/history.ts";
import type { Action } from "../../../../infra/local/functions-host/durable/replay/action.ts";
import {
  replay,
  type ReplayResult,
} from "../../../../infra/local/functions-host/durable/replay/replay.ts";
import type { Decision } from "../../../../infra/local/functions-host/durable/replay/replay-context.ts";

const SECOND_MS = 1000;
const BEGIN = Date.parse("2030-01-01T00:00:00Z");
const execution = { instanceId: "one", executionId: "first", orchestrator: "tune" };

function aFunction(name: string, triggerType: string): AppFunction {
  const trigger = { type: triggerType, direction: "in" };
  return {
    id: name,
    name,
    metadata: { name, bindings: { trigger } },
    callback: () => undefined,
    triggerName: "trigger",
    triggerType: triggerType.toLowerCase(),
    trigger,
  };
}

const functions = new FunctionLookup([
  aFunction("Train", "activityTrigger"),
  aFunction("Check", "activityTrigger"),
  aFunction("Tune", "orchestrationTrigger"),
  aFunction("Counter", "entityTrigger"),
]);

/** The time so many seconds after the beginning. */
export function after(seconds: number): string {
  return new Date(BEGIN + seconds * SECOND_MS).toISOString();
}

/** One execution, episode by episode, with what it decided written down as the host does. */
export class ReplayLab {
  readonly history: HistoryEvent[] = [];

  constructor() {
    this.happens(0, {
      EventType: EventType.ExecutionStarted,
      OrchestrationInstance: { InstanceId: "one", ExecutionId: "first" },
      ParentInstance: null,
      Name: "tune",
      Version: "",
      Input: null,
      Tags: null,
    });
  }

  /** What an episode so many seconds after the beginning has to deal with. */
  happens(seconds: number, ...events: readonly Happening[]): void {
    const time = after(seconds);
    this.history.push({ EventType: EventType.OrchestratorStarted, ...stampAt(time) });
    for (const event of events) this.history.push({ ...event, ...stampAt(time) });
  }

  /** The orchestrator has asked for this since its beginning. */
  asks(...actions: readonly Action[]): ReplayResult {
    return this.#replay({ isDone: false, actions: [[...actions]] });
  }

  ends(...actions: readonly Action[]): ReplayResult {
    return this.#replay({ isDone: true, actions: [[...actions]], output: "done" });
  }

  #replay(state: Parameters<typeof replay>[1]): ReplayResult {
    const result = replay(this.history, state, execution, functions);
    for (const decision of result.decisions) this.history.push(eventOf(decision));
    return result;
  }
}

function eventOf(decision: Decision): HistoryEvent {
  const stamp = stampAt(after(0), decision.id);
  const { TaskScheduled, TimerCreated, EventSent, SubOrchestrationInstanceCreated } = EventType;
  switch (decision.kind) {
    case "activity": {
      const { name: Name, input: Input } = decision;
      return { EventType: TaskScheduled, Name, Version: "", Input, ...stamp };
    }
    case "timer":
      return { EventType: TimerCreated, FireAt: decision.fireAt, ...stamp };
    case "sub-orchestration": {
      const { name: Name, instanceId: InstanceId, input: Input } = decision;
      return {
        EventType: SubOrchestrationInstanceCreated,
        Name,
        Version: "",
        InstanceId,
        Input,
        ...stamp,
      };
    }
    case "event": {
      const { name: Name, to: InstanceId, data: Input } = decision;
      return { EventType: EventSent, Name, InstanceId, Input, ...stamp };
    }
  }
}

export function completed(TaskScheduledId: number): Happening {
  return { EventType: EventType.TaskCompleted, TaskScheduledId, Result: "1" };
}

export function failed(TaskScheduledId: number): Happening {
  return { EventType: EventType.TaskFailed, TaskScheduledId, Reason: "no", Details: "" };
}

export function fired(TimerId: number): Happening {
  return { EventType: EventType.TimerFired, TimerId, FireAt: after(0) };
}

export function raised(Name: string, Input: string | null = null): Happening {
  return { EventType: EventType.EventRaised, Name, Input };
}

/** Kind and id of each, which is what the history checks. */
export function brief({ decisions }: ReplayResult): string[] {
  return decisions.map(({ kind, id }) => `${kind} ${id}`);
}

export function fireTimes({ decisions }: ReplayResult): string[] {
  return decisions.flatMap((decision) => (decision.kind === "timer" ? [decision.fireAt] : []));
}

export const train = { actionType: 0, functionName: "train", input: { a: 1 } } as const;
export const child: Action = { actionType: 2, functionName: "tune" };
export const call = {
  actionType: 7,
  instanceId: "@counter@K",
  operation: "add",
  input: 1,
} as const;
export const signal: Action = { ...call, actionType: 9 };
export const go: Action = { actionType: 6, externalEventName: "go" };
export const again: Action = { actionType: 4, input: 1 };

export function timer(seconds: number, isCanceled = false): Action {
  return { actionType: 5, fireAt: after(seconds), isCanceled };
}

export function any(...compoundActions: readonly Action[]): Action {
  return { actionType: 11, compoundActions: [...compoundActions] };
}

export function all(...compoundActions: readonly Action[]): Action {
  return { actionType: 12, compoundActions: [...compoundActions] };
}
