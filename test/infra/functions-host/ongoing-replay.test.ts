import { array, assert, constant, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";

import { FunctionLookup } from "../../../infra/local/functions-host/app/function-lookup.ts";
import {
  EventType,
  type HistoryEvent,
  stampAt,
} from "../../../infra/local/functions-host/durable/history.ts";
import type { Action } from "../../../infra/local/functions-host/durable/replay/action.ts";
import { OngoingReplay } from "../../../infra/local/functions-host/durable/replay/ongoing-replay.ts";
import type { Decision } from "../../../infra/local/functions-host/durable/replay/replay-context.ts";
import { replay } from "../../../infra/local/functions-host/durable/replay/replay.ts";
import { EXECUTION, startedAt } from "./support/started-event.ts";

const execution = EXECUTION;
const noFunctions = new FunctionLookup([]);
const START = Date.UTC(2030, 0, 1);

function on(hour: number): string {
  return new Date(START + hour * 3_600_000).toISOString();
}

const started = startedAt(on(0));

const timer = (hour: number, isCanceled = false): Action => ({
  actionType: 5,
  fireAt: on(hour),
  isCanceled,
});
const waitFor = (name: string): Action => ({ actionType: 6, externalEventName: name });
const raised = (name: string): HistoryEvent => ({
  EventType: EventType.EventRaised,
  Name: name,
  Input: null,
  ...stampAt(on(0)),
});

function answerWith(actions: readonly Action[], isDone = false): string {
  return JSON.stringify({ isDone, actions: [actions], schemaVersion: 2 });
}

/** What a step would write of a decision. */
function asked(decision: Decision): HistoryEvent {
  if (decision.kind !== "timer") throw new Error(`no ${decision.kind} was expected`);
  return {
    EventType: EventType.TimerCreated,
    FireAt: decision.fireAt,
    ...stampAt(on(0), decision.id),
  };
}

function fired(id: number, hour: number): HistoryEvent {
  return { EventType: EventType.TimerFired, TimerId: id, FireAt: on(hour), ...stampAt(on(hour)) };
}

interface Episode {
  readonly actions: readonly Action[];
  readonly isDone?: boolean;
  readonly arrived: readonly HistoryEvent[];
}

/** Runs the episodes both ways, and expects the same after each. @returns what was decided in each */
function runBothWays(episodes: readonly Episode[]): string[][] {
  const ongoing = new OngoingReplay();
  const history: HistoryEvent[] = [];
  return episodes.map(({ actions, isDone = false, arrived }, hour) => {
    history.push(
      { EventType: EventType.OrchestratorStarted, ...stampAt(on(hour)) },
      ...(hour === 0 ? [started] : []),
      ...arrived,
    );
    const state = { isDone, actions: [[...actions]], schemaVersion: 2 };

    const { state: _state, ...gone } = ongoing.next(
      answerWith(actions, isDone),
      history,
      execution,
      noFunctions,
    );

    expect(gone).toEqual(replay(history, state, execution, noFunctions));
    history.push(...gone.decisions.map(asked));
    return gone.decisions.map((decision) => `${decision.kind} ${decision.id}`);
  });
}

describe("a replay that goes on where it ended", () => {
  test("decides what one from the beginning decides, step after step", () => {
    const decided = runBothWays([
      { actions: [timer(1)], arrived: [] },
      { actions: [timer(1), timer(2)], arrived: [fired(0, 1)] },
      { actions: [timer(1), timer(2), timer(3)], arrived: [fired(1, 2)] },
      { actions: [timer(1), timer(2), timer(3)], isDone: true, arrived: [fired(2, 3)] },
    ]);

    expect(decided).toEqual([["timer 0"], ["timer 1"], ["timer 2"], []]);
  });

  test("begins anew when a timer of before was cancelled", () => {
    const race = (isCanceled: boolean): Action => ({
      actionType: 11,
      compoundActions: [timer(9, isCanceled), waitFor("go")],
    });

    const decided = runBothWays([
      { actions: [race(false)], arrived: [] },
      { actions: [race(true), timer(2)], arrived: [raised("go")] },
      { actions: [race(true), timer(2)], isDone: true, arrived: [fired(1, 2)] },
    ]);

    expect(decided).toEqual([["timer 0"], ["timer 1"], []]);
  });

  test("begins anew when it had nothing left to wait for", () => {
    const any: Action = { actionType: 11, compoundActions: [timer(5), waitFor("go")] };

    const decided = runBothWays([
      { actions: [any], arrived: [] },
      // The orchestrator waits for the same timer once more, which asks for nothing new.
      { actions: [any], arrived: [raised("go")] },
      { actions: [any, timer(6)], arrived: [fired(0, 5)] },
    ]);

    expect(decided).toEqual([["timer 0"], [], ["timer 1"]]);
  });

  test("finds that the code no longer asks for what its history has", () => {
    const ongoing = new OngoingReplay();
    const opening: HistoryEvent = { EventType: EventType.OrchestratorStarted, ...stampAt(on(0)) };
    const history: HistoryEvent[] = [opening, started];
    const first = ongoing.next(answerWith([timer(1)]), history, execution, noFunctions);
    history.push(...first.decisions.map(asked), opening, fired(0, 1));

    const { completion, decisions } = ongoing.next(
      answerWith([waitFor("go")]),
      history,
      execution,
      noFunctions,
    );

    expect(decisions).toEqual([]);
    expect(completion).toMatchObject({
      status: "Failed",
      result: expect.stringMatching(
        /a timer task with sequence ID 0 .* now asks for nothing there/,
      ),
    });
  });

  test("is the same for any order of timers and events", () => {
    const step = oneof(constant("timer"), constant("event"), constant("both"));

    assert(
      property(array(step, { maxLength: 12 }), (steps) => {
        const actions: Action[] = [];
        const episodes: Episode[] = [];
        let timers = 0;
        let arrived: HistoryEvent[] = [];
        for (const [index, kind] of steps.entries()) {
          const name = `event ${index}`;
          if (kind === "timer") actions.push(timer(index));
          else if (kind === "event") actions.push(waitFor(name));
          else actions.push({ actionType: 12, compoundActions: [timer(index), waitFor(name)] });
          episodes.push({ actions: [...actions], arrived });
          arrived = [];
          if (kind !== "event") arrived.push(fired(timers++, index));
          if (kind !== "timer") arrived.push(raised(name));
        }
        episodes.push({ actions: [...actions], isDone: true, arrived });

        expect(runBothWays(episodes)).toHaveLength(steps.length + 1);
      }),
    );
  });
});
