import type { Ids } from "../ids.ts";
import { EventType, type HistoryEvent, stampAt } from "./history.ts";
import { type Instance, isEntityId } from "./instance.ts";
import { EntityRequest, messageTo, type NewMessage } from "./message.ts";
import type { Decision } from "./replay/replay-context.ts";

/** What a decision leaves in the history, and whom it tells. */
export interface CarriedOut {
  readonly event: HistoryEvent;
  readonly message: NewMessage;
}

/** @param defaultVersion for sub-orchestrations that name none */
export function carryOut(
  decision: Decision,
  instance: Instance,
  now: string,
  defaultVersion: string,
  ids: Ids,
): CarriedOut {
  const { executionId } = instance;
  const stamp = stampAt(now, decision.id);
  switch (decision.kind) {
    case "activity": {
      const { id: taskId, name, input } = decision;
      return {
        event: {
          EventType: EventType.TaskScheduled,
          Name: name,
          Version: "",
          Input: input,
          ...stamp,
        },
        message: messageTo(instance.id, { kind: "activity", executionId, taskId, name, input }),
      };
    }
    case "timer": {
      const { id: TimerId, fireAt: FireAt } = decision;
      const fired = { EventType: EventType.TimerFired, TimerId, FireAt };
      return {
        event: { EventType: EventType.TimerCreated, FireAt, ...stamp },
        message: messageTo(
          instance.id,
          { kind: "event", executionId, event: fired },
          Date.parse(FireAt),
        ),
      };
    }
    case "sub-orchestration":
      return startSubOrchestration(decision, instance, now, defaultVersion, ids);
    case "event":
      return sendEvent(decision, now);
  }
}

function startSubOrchestration(
  decision: Extract<Decision, { kind: "sub-orchestration" }>,
  { id, executionId }: Instance,
  now: string,
  defaultVersion: string,
  ids: Ids,
): CarriedOut {
  const { name, instanceId, input, version = defaultVersion } = decision;
  return {
    event: {
      EventType: EventType.SubOrchestrationInstanceCreated,
      Name: name,
      Version: version,
      InstanceId: instanceId,
      Input: input,
      ...stampAt(now, decision.id),
    },
    message: messageTo(instanceId, {
      kind: "start",
      executionId: ids.instance(),
      name,
      version,
      input,
      parent: { instanceId: id, executionId, taskId: decision.id },
      carryOver: [],
    }),
  };
}

function sendEvent(decision: Extract<Decision, { kind: "event" }>, now: string): CarriedOut {
  const { to, name, data } = decision;
  const event = {
    EventType: EventType.EventSent,
    Name: name,
    InstanceId: to,
    Input: data,
    ...stampAt(now, decision.id),
  };
  if (!isEntityId(to)) throw new Error(`'${to}' is not an entity.`);
  const request = EntityRequest.parse(JSON.parse(data));
  return { event, message: messageTo(to, { kind: "operation", request }) };
}
