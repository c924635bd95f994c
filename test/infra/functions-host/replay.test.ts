import { describe, expect, test } from "vitest";

import { FunctionLookup } from "../../../infra/local/functions-host/app/function-lookup.ts";
import { admit } from "../../../infra/local/functions-host/durable/admission.ts";
import {
  EventType,
  type Happening,
  type HistoryEvent,
  stampAt,
} from "../../../infra/local/functions-host/durable/history.ts";
import { type Message, messageTo } from "../../../infra/local/functions-host/durable/message.ts";
import type { Instance } from "../../../infra/local/functions-host/durable/instance.ts";
import { LoadedExecution } from "../../../infra/local/functions-host/durable/loaded-execution.ts";
import { randomIds } from "../../../infra/local/functions-host/ids.ts";
import { replay } from "../../../infra/local/functions-host/durable/replay/replay.ts";
import { anInstance } from "./store.contract.ts";
import { EXECUTION, startedAt } from "./support/started-event.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const execution = EXECUTION;
const noFunctions = new FunctionLookup([]);

function on(day: number): string {
  return new Date(Date.UTC(2030, 0, 1) + day * DAY_MS).toISOString();
}

const started = startedAt(on(0));

function episode(day: number): HistoryEvent {
  return { EventType: EventType.OrchestratorStarted, ...stampAt(on(day)) };
}

function timer(fireAt: number, isCanceled = false) {
  return { actionType: 5 as const, fireAt: on(fireAt), isCanceled };
}

function takeIn(
  instance: Instance | undefined,
  history: readonly HistoryEvent[],
  batch: readonly Message[],
  now: string,
) {
  const stored = instance && new LoadedExecution(instance.executionId, history);
  return admit({ instance, execution: stored, batch, now, ids: randomIds });
}

describe("replay", () => {
  test("splits a timer of more than 6 days into hops of 3, each when the one before has fired", () => {
    const state = { isDone: false, actions: [[timer(7)]], output: null, customStatus: null };
    const history = [episode(0), started];
    const fireTimes: string[] = [];
    for (let id = 0; ; id += 1) {
      const [decision] = replay(history, state, execution, noFunctions).decisions;
      if (decision?.kind !== "timer") break;
      const { fireAt: FireAt } = decision;
      fireTimes.push(FireAt);
      history.push(
        { EventType: EventType.TimerCreated, FireAt, ...stampAt(FireAt, id) },
        { EventType: EventType.OrchestratorStarted, ...stampAt(FireAt) },
        { EventType: EventType.TimerFired, TimerId: id, FireAt, ...stampAt(FireAt) },
      );
    }

    expect(fireTimes).toEqual([on(3), on(6), on(7)]);
  });

  test("completes although a timer is open, if that was cancelled", () => {
    const actions = [[timer(1, true)]];
    const state = { isDone: true, actions, output: 1, customStatus: null };
    const history: HistoryEvent[] = [
      episode(0),
      started,
      { EventType: EventType.TimerCreated, FireAt: on(1), ...stampAt(on(0), 0) },
    ];

    expect(replay(history, state, execution, noFunctions).completion).toEqual({
      status: "Completed",
      result: "1",
    });
  });

  test("parks what a suspended orchestration asks for", () => {
    const state = { isDone: false, actions: [[timer(1)]], output: null, customStatus: null };
    const suspended: HistoryEvent = {
      EventType: EventType.ExecutionSuspended,
      Reason: null,
      ...stampAt(on(0)),
    };
    const resumed: HistoryEvent = {
      EventType: EventType.ExecutionResumed,
      Reason: null,
      ...stampAt(on(0)),
    };

    const paused = replay([episode(0), started, suspended], state, execution, noFunctions);
    const again = replay([episode(0), started, suspended, resumed], state, execution, noFunctions);

    expect(paused).toMatchObject({ decisions: [], isSuspended: true });
    expect(again).toMatchObject({ decisions: [{ kind: "timer", id: 0 }], isSuspended: false });
  });

  test("fails an instance whose history has a step that nobody asks for", () => {
    const state = { isDone: false, actions: [[]], output: null, customStatus: null };
    const history: HistoryEvent[] = [
      episode(0),
      started,
      { EventType: EventType.TimerCreated, FireAt: on(1), ...stampAt(on(0), 0) },
    ];

    expect(replay(history, state, execution, noFunctions)).toMatchObject({
      decisions: [],
      completion: { status: "Failed", result: expect.stringContaining("asks for nothing") },
    });
  });
});

describe("admit", () => {
  let sequence = 0;

  function message(event: Happening, executionId: string | null = "one-execution"): Message {
    sequence += 1;
    return { ...messageTo("one", { kind: "event", executionId, event }), sequence };
  }

  function completion(TaskScheduledId: number): Happening {
    return { EventType: EventType.TaskCompleted, TaskScheduledId, Result: "1" };
  }

  const running = anInstance("one");

  test("takes one completion of a task, from this batch or an earlier one", () => {
    const history = [episode(0), started, { ...completion(0), ...stampAt(on(0)) } as HistoryEvent];
    const batch = [message(completion(0)), message(completion(1)), message(completion(1))];

    const { fresh, isDue } = takeIn(running, history, batch, on(1));

    expect(fresh).toMatchObject([{ TaskScheduledId: 1 }]);
    expect(isDue).toBe(true);
  });

  test("drops what was meant for an execution that is over", () => {
    const batch = [message(completion(0), "another-execution")];

    expect(takeIn(running, [episode(0), started], batch, on(1)).isDue).toBe(false);
  });

  test("drops everything for an instance that has ended or is not there", () => {
    const ended = anInstance("one", { status: "Completed" });
    const batch = [message({ EventType: EventType.EventRaised, Name: "go", Input: null }, null)];

    expect(takeIn(ended, [], batch, on(1)).isDue).toBe(false);
    expect(takeIn(undefined, [], batch, on(1)).isDue).toBe(false);
  });

  test("gives a new execution the events that were carried over before those that came later", () => {
    const raised = (Input: string) => ({ EventType: EventType.EventRaised, Name: "go", Input });
    const { id, executionId, name, version, input, parent } = running;
    const start = messageTo(id, {
      kind: "start",
      executionId,
      name,
      version,
      input,
      parent,
      carryOver: [raised("1")],
    });
    const batch = [message(raised("2"), null), { ...start, sequence: 99 }];

    const { execution: begun, fresh } = takeIn(running, [], batch, on(1));

    expect(begun?.stored).toBe(0);
    expect(fresh).toMatchObject([{ Name: "tune" }, { Input: "1" }, { Input: "2" }]);
  });
});
