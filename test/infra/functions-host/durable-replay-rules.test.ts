import { describe, expect, test } from "vitest";

import { EventType } from "../../../infra/local/functions-host/durable/history.ts";
import type {
  Action,
  RetryPolicy,
} from "../../../infra/local/functions-host/durable/replay/action.ts";
import {
  after,
  all,
  any,
  brief,
  call,
  child,
  completed,
  failed,
  fired,
  fireTimes,
  go,
  raised,
  ReplayLab,
  signal,
  timer,
  train,
} from "./support/replay-lab.ts";

const DAY_S = 24 * 60 * 60;

function retried(changes: Partial<RetryPolicy> = {}) {
  const retryOptions = { firstRetryIntervalInMilliseconds: 1000, maxNumberOfAttempts: 3 };
  return { ...train, actionType: 1 as const, retryOptions: { ...retryOptions, ...changes } };
}

describe("ids", () => {
  test("are handed out to activities, sub-orchestrations, timers and messages, in their order", () => {
    const result = new ReplayLab().asks(all(train, child, timer(5), signal, call));

    expect(brief(result)).toEqual([
      "activity 0",
      "sub-orchestration 1",
      "timer 2",
      "event 3",
      "event 4",
    ]);
  });

  test("are not used by events to wait for", () => {
    expect(brief(new ReplayLab().asks(all(go, train)))).toEqual(["activity 0"]);
  });

  test("go on in compounds within compounds", () => {
    const result = new ReplayLab().asks(any(all(train, timer(1)), any(go, all(train))));

    expect(brief(result)).toEqual(["activity 0", "timer 1", "activity 2"]);
  });

  test("are given when the action before has ended, not earlier", () => {
    const lab = new ReplayLab();

    expect(brief(lab.asks(train, train))).toEqual(["activity 0"]);
    lab.happens(1, completed(0));
    expect(brief(lab.asks(train, train))).toEqual(["activity 1"]);
  });

  test("of signals are given at once: nobody waits for them", () => {
    expect(brief(new ReplayLab().asks(signal, signal, train))).toEqual([
      "event 0",
      "event 1",
      "activity 2",
    ]);
  });

  test("drift when a task is asked for in two compounds, as it really happens", () => {
    const lab = new ReplayLab();
    lab.asks(all(train));
    lab.happens(1, completed(0));

    expect(brief(lab.asks(all(train), all(train)))).toEqual(["activity 1"]);
  });
});

describe("what is decided has", () => {
  test("one input in an array for an activity, null for none", () => {
    const { input: _, ...without } = train;
    const { decisions } = new ReplayLab().asks(all(train, without));

    expect(decisions).toMatchObject([
      { name: "train", input: '[{"a":1}]' },
      { name: "train", input: "[null]" },
    ]);
  });

  test("the execution's id and its own number for a sub-orchestration without an id", () => {
    const own: Action = { actionType: 2, functionName: "tune", instanceId: "own", input: "x" };
    const { decisions } = new ReplayLab().asks(all(train, child, own, { ...own, instanceId: "" }));

    expect(decisions.slice(1)).toMatchObject([
      { instanceId: "first:1", input: null },
      { instanceId: "own", input: '"x"' },
      { instanceId: "first:3" },
    ]);
  });

  test("the same request id for an entity at every replay, and another for another call", () => {
    const first = new ReplayLab().asks(all(call, call)).decisions;
    const second = new ReplayLab().asks(all(call, call)).decisions;

    expect(first).toEqual(second);
    expect(first[0]).toMatchObject({ kind: "event", name: "op", to: "@counter@K" });
    const ids = first.map((sent) => {
      return sent.kind === "event" && (JSON.parse(sent.data) as { id: string }).id;
    });
    expect(new Set(ids).size).toBe(2);
  });
});

describe("a task with retries", () => {
  test("takes an id for each try and for each wait between", () => {
    const lab = new ReplayLab();

    expect(brief(lab.asks(retried()))).toEqual(["activity 0"]);
    lab.happens(1, failed(0));
    expect(brief(lab.asks(retried()))).toEqual(["timer 1"]);
    lab.happens(2, fired(1));
    expect(brief(lab.asks(retried()))).toEqual(["activity 2"]);
    lab.happens(3, completed(2));
    expect(brief(lab.asks(retried(), train))).toEqual(["activity 3"]);
  });

  test("makes a timer after the last failure, too, which fires at once", () => {
    const lab = new ReplayLab();
    const once = retried({ maxNumberOfAttempts: 1 });
    lab.asks(once);
    lab.happens(7, failed(0));

    const last = lab.asks(once, train);

    expect(brief(last)).toEqual(["timer 1"]);
    expect(fireTimes(last)).toEqual([after(7)]);
    lab.happens(8, fired(1));
    expect(brief(lab.asks(once, train))).toEqual(["activity 2"]);
  });

  test("waits longer each time, up to the longest", () => {
    const lab = new ReplayLab();
    const policy = { backoffCoefficient: 3, maxRetryIntervalInMilliseconds: 4000 };
    const action = retried({ maxNumberOfAttempts: 4, ...policy });
    const waits: string[] = [];
    lab.asks(action);
    for (const id of [0, 2, 4]) {
      lab.happens(100, failed(id));
      waits.push(...fireTimes(lab.asks(action)));
      lab.happens(100, fired(id + 1));
      lab.asks(action);
    }

    expect(waits).toEqual([after(101), after(103), after(104)]);
  });

  test("is not tried again after its time", () => {
    const lab = new ReplayLab();
    const action = retried({ retryTimeoutInMilliseconds: 5000 });
    lab.asks(action);
    lab.happens(6, failed(0));

    expect(brief(lab.asks(action, train))).toEqual(["activity 1"]);
  });

  test("may be a sub-orchestration, each try of which has its own id", () => {
    const lab = new ReplayLab();
    const { retryOptions } = retried();
    const action: Action = { actionType: 3, functionName: "tune", retryOptions };
    const first = lab.asks(action);
    lab.happens(1, {
      EventType: EventType.SubOrchestrationInstanceFailed,
      TaskScheduledId: 0,
      Reason: "no",
      Details: "",
    });
    lab.asks(action);
    lab.happens(2, fired(1));

    expect(first.decisions).toMatchObject([{ instanceId: "first:0" }]);
    expect(lab.asks(action).decisions).toMatchObject([{ instanceId: "first:2" }]);
  });
});

describe("a timer", () => {
  test("of six days is one, and of more is several", () => {
    const short = new ReplayLab().asks(timer(6 * DAY_S));
    const long = new ReplayLab().asks(timer(6 * DAY_S + 1));

    expect(fireTimes(short)).toEqual([after(6 * DAY_S)]);
    expect(fireTimes(long)).toEqual([after(3 * DAY_S)]);
  });

  test("that lies in the past fires like any other", () => {
    const lab = new ReplayLab();

    expect(fireTimes(lab.asks(timer(-5)))).toEqual([after(-5)]);
    lab.happens(1, fired(0));
    expect(lab.ends(timer(-5))).toMatchObject({ completion: { status: "Completed" } });
  });

  test("that is cancelled later no longer holds up what follows it", () => {
    const lab = new ReplayLab();
    lab.asks(any(timer(600), go));
    lab.happens(1, raised("go"));

    const result = lab.ends(any(timer(600, true), go));

    expect(result).toMatchObject({ hasOpenTasks: false, completion: { status: "Completed" } });
  });
});
