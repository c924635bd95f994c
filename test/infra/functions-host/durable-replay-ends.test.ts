import { describe, expect, test } from "vitest";

import { EventType, type Happening } from "../../../infra/local/functions-host/durable/history.ts";
import type { Action } from "../../../infra/local/functions-host/durable/replay/action.ts";
import {
  all,
  any,
  again,
  brief,
  call,
  child,
  completed,
  failed,
  fired,
  go,
  raised,
  ReplayLab,
  timer,
  train,
} from "./support/replay-lab.ts";

const subCompleted: Happening = {
  EventType: EventType.SubOrchestrationInstanceCompleted,
  TaskScheduledId: 0,
  Result: null,
};

describe("an orchestration that has returned", () => {
  test.each<readonly [string, Action, Happening]>([
    ["activity", train, completed(0)],
    ["sub-orchestration", child, subCompleted],
    ["timer", timer(5), fired(0)],
  ])("goes on as long as its %s is open", (_, action, end) => {
    const lab = new ReplayLab();
    lab.asks(any(action, go));
    lab.happens(1, raised("go"));

    expect(lab.ends(any(action, go))).toMatchObject({ hasOpenTasks: true, completion: undefined });
    lab.happens(2, end);
    expect(lab.ends(any(action, go))).toMatchObject({ completion: { status: "Completed" } });
  });

  test("does not wait for events and answers of entities", () => {
    const lab = new ReplayLab();
    lab.asks(any(go, call, train));
    lab.happens(1, completed(1));

    expect(lab.ends(any(go, call, train))).toMatchObject({
      hasOpenTasks: false,
      completion: { status: "Completed", result: '"done"' },
    });
  });

  test("continues as new only when nothing is open", () => {
    const lab = new ReplayLab();
    lab.asks(any(train, go));
    lab.happens(1, raised("go"));
    const open = lab.ends(any(train, go), again);
    lab.happens(2, completed(0));

    expect(open.completion).toBeUndefined();
    expect(lab.ends(any(train, go), again)).toMatchObject({
      completion: { status: "ContinuedAsNew", result: "1" },
    });
  });
});

describe("events", () => {
  test("go to the last who waits", () => {
    const [first, last] = [new ReplayLab(), new ReplayLab()];
    first.asks(any(go, all(go, timer(9))));
    last.asks(any(all(go, timer(9)), go));
    for (const lab of [first, last]) lab.happens(1, raised("go"));

    expect(brief(first.asks(any(go, all(go, timer(9))), train))).toEqual([]);
    expect(brief(last.asks(any(all(go, timer(9)), go), train))).toEqual(["activity 1"]);
  });

  test("that come early are kept, whatever the case of their names, each for one who waits", () => {
    const lab = new ReplayLab();
    lab.happens(1, raised("early"), raised("EARLY"));
    const early: Action = { actionType: 6, externalEventName: "Early" };

    expect(lab.ends(early, early).completion).toMatchObject({ status: "Completed" });
    expect(lab.ends(early, early, early).completion).toBeUndefined();
  });

  test("to one of several waiters leave the others waiting", () => {
    const lab = new ReplayLab();
    lab.asks(all(go, go));
    lab.happens(1, raised("go"));
    const one = lab.ends(all(go, go));
    lab.happens(2, raised("Go"));

    expect(one.completion).toBeUndefined();
    expect(lab.ends(all(go, go)).completion).toMatchObject({ status: "Completed" });
  });

  test("that were kept and not waited for are lost with their execution", () => {
    const lab = new ReplayLab();
    lab.happens(1, raised("other", "1"));

    expect(lab.ends(again)).toMatchObject({
      completion: { status: "ContinuedAsNew" },
      carryOver: [{ Name: "other" }],
    });
    lab.asks(go);
    lab.happens(2, raised("other", "2"), raised("go"), raised("late", "3"));
    expect(lab.ends(go, again)).toMatchObject({
      completion: { status: "ContinuedAsNew" },
      carryOver: [{ Name: "late", Input: "3" }],
    });
  });
});

describe("a compound", () => {
  test("of all waits for every task, also when one has failed", () => {
    const lab = new ReplayLab();
    lab.asks(all(train, train));
    lab.happens(1, failed(0));

    expect(brief(lab.asks(all(train, train), timer(9)))).toEqual([]);
    lab.happens(2, completed(1));
    expect(brief(lab.asks(all(train, train), timer(9)))).toEqual(["timer 2"]);
  });

  test("of any goes on with the first, also when that has failed", () => {
    const lab = new ReplayLab();
    lab.asks(any(train, train));
    lab.happens(1, failed(1));

    expect(brief(lab.asks(any(train, train), timer(9)))).toEqual(["timer 2"]);
  });
});

describe("a history that does not fit", () => {
  test.each<readonly [string, Action, Action]>([
    ["another kind", train, timer(5)],
    ["another name", train, { ...train, functionName: "check" }],
    ["nothing", train, go],
  ])("because the code asks for %s fails its instance", (_, before, now) => {
    const lab = new ReplayLab();
    lab.asks(before);

    expect(lab.asks(now)).toMatchObject({
      decisions: [],
      completion: {
        status: "Failed",
        result: expect.stringMatching(
          /^Non-Deterministic workflow detected: .* with sequence ID 0 /,
        ),
      },
    });
  });

  test("but for the case of a name fits", () => {
    const lab = new ReplayLab();
    lab.asks(train);
    lab.happens(1, completed(0));

    expect(lab.ends({ ...train, functionName: "TRAIN" }).completion).toMatchObject({
      status: "Completed",
    });
  });

  test("but for an input fits: inputs are not compared, as in Azure", () => {
    const lab = new ReplayLab();
    lab.asks(train);
    lab.happens(1, completed(0));

    expect(lab.ends({ ...train, input: 2 }).completion).toMatchObject({
      status: "Completed",
    });
  });
});

describe("what cannot be called fails the orchestration:", () => {
  test.each<readonly [string, Action, string]>([
    [
      "an activity",
      { actionType: 0, functionName: "nobody" },
      "The function 'nobody' doesn't exist, is disabled, or is not an activity function. Additional info: The following are the known activity functions: 'Train', 'Check'.",
    ],
    [
      "an orchestration",
      { actionType: 2, functionName: "train" },
      "The function 'train' doesn't exist, is disabled, or is not an orchestrator function. Additional info: The following are the known orchestrator functions: 'Tune'.",
    ],
    [
      "an entity",
      { ...call, instanceId: "@tune@x" },
      "The function 'tune' doesn't exist, is disabled, or is not an entity function. Additional info: The following are the known entity functions: 'Counter'.",
    ],
    [
      "an orchestration under an entity's id",
      { actionType: 2, functionName: "tune", instanceId: "@a@b" },
      "Orchestration instance ids must not begin with '@': entities' do.",
    ],
    [
      "an orchestration under its own id",
      { actionType: 2, functionName: "tune", instanceId: "one" },
      "Instance 'one' cannot be its own sub-orchestration.",
    ],
  ])("%s", (_, action, result) => {
    expect(new ReplayLab().asks(action)).toMatchObject({
      completion: { status: "Failed", result },
    });
  });
});

describe("from outside", () => {
  const stopped: Happening = { EventType: EventType.ExecutionTerminated, Input: "enough" };
  const halted: Happening = { EventType: EventType.ExecutionSuspended, Reason: null };
  const resumed: Happening = { EventType: EventType.ExecutionResumed, Reason: null };

  test("a stop ends it at once, with the reason, whatever is open or asked for", () => {
    const lab = new ReplayLab();
    lab.asks(train);
    lab.happens(1, stopped);

    expect(lab.asks(all(train, train))).toMatchObject({
      decisions: [],
      completion: { status: "Terminated", result: "enough" },
    });
  });

  test("a stop reaches what is suspended", () => {
    const lab = new ReplayLab();
    lab.happens(1, halted, stopped);

    expect(lab.asks(train).completion).toEqual({ status: "Terminated", result: "enough" });
  });

  test("what comes while it is suspended counts when it goes on, and not before", () => {
    const lab = new ReplayLab();
    lab.asks(train);
    lab.happens(1, halted, completed(0));
    const suspended = lab.ends(train);
    lab.happens(2, resumed);

    expect(suspended).toMatchObject({ isSuspended: true, completion: undefined });
    expect(lab.ends(train)).toMatchObject({
      isSuspended: false,
      completion: { status: "Completed" },
    });
  });
});
