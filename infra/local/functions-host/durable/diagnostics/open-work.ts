import { z } from "zod";

import { EventType, type HistoryEvent } from "../history.ts";

/** What an orchestration asked for and has no answer to, by the history alone. Times are ISO texts. */
export interface OpenWork {
  readonly activities: readonly { readonly name: string; readonly since: string }[];
  readonly timers: readonly { readonly until: string }[];
  readonly subOrchestrations: readonly {
    readonly name: string;
    readonly instanceId: string;
    readonly since: string;
  }[];
  readonly entityCalls: readonly {
    readonly entity: string;
    readonly operation: string;
    readonly since: string;
  }[];
}

const EntityCall = z.object({ id: z.string(), op: z.string(), signal: z.boolean().optional() });

export function openWorkOf(history: readonly HistoryEvent[]): OpenWork {
  const answered = new Set<string>(history.flatMap((event) => answerIn(event) ?? []));
  const open = history.filter((event) => {
    const question = questionIn(event);
    return question !== undefined && !answered.has(question);
  });
  return {
    activities: open.flatMap((event) =>
      event.EventType === EventType.TaskScheduled
        ? [{ name: event.Name, since: event.Timestamp }]
        : [],
    ),
    timers: open.flatMap((event) =>
      event.EventType === EventType.TimerCreated ? [{ until: event.FireAt }] : [],
    ),
    subOrchestrations: open.flatMap((event) =>
      event.EventType === EventType.SubOrchestrationInstanceCreated
        ? [{ name: event.Name, instanceId: event.InstanceId, since: event.Timestamp }]
        : [],
    ),
    entityCalls: open.flatMap((event) =>
      event.EventType === EventType.EventSent
        ? [{ entity: event.InstanceId, operation: callIn(event.Input).op, since: event.Timestamp }]
        : [],
    ),
  };
}

const ASKING: ReadonlySet<number> = new Set([
  EventType.TaskScheduled,
  EventType.TimerCreated,
  EventType.SubOrchestrationInstanceCreated,
]);

function questionIn(event: HistoryEvent): string | undefined {
  if (ASKING.has(event.EventType)) return `task ${event.EventId}`;
  if (event.EventType !== EventType.EventSent) return undefined;
  const { id, signal } = callIn(event.Input);
  return signal ? undefined : `event ${id}`;
}

function answerIn(event: HistoryEvent): string | undefined {
  if ("TaskScheduledId" in event) return `task ${event.TaskScheduledId}`;
  if ("TimerId" in event) return `task ${event.TimerId}`;
  return event.EventType === EventType.EventRaised ? `event ${event.Name}` : undefined;
}

function callIn(input: string): z.infer<typeof EntityCall> {
  return EntityCall.parse(JSON.parse(input));
}
