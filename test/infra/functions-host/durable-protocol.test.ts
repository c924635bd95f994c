import { describe, expect, test } from "vitest";
import { z } from "zod";

import { askFor, bindingAfter, bindingOf, eventsOf } from "./support/raw-orchestration.ts";
import { useHost } from "./support/use-host.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const EXECUTION_ID = expect.stringMatching(/^[0-9a-f]{32}$/);

const { client } = useHost("raw-app");

function stamped(EventId = -1): object {
  return { EventId, IsPlayed: false, Timestamp: TIME };
}

const echo = { actionType: 0, functionName: "returns", input: { json: "1" } };
const later = new Date(Date.now() + 50).toISOString();

describe("an orchestrator is given", () => {
  test("its history, input, ids, and what the library must know of the host", async () => {
    const { instanceId, output } = await client.run("scripted", null);

    expect(output).toEqual({
      history: [
        { EventType: 12, ...stamped() },
        {
          EventType: 0,
          ...stamped(),
          OrchestrationInstance: { InstanceId: instanceId, ExecutionId: EXECUTION_ID },
          ParentInstance: null,
          Name: "scripted",
          Version: "2.5",
          Input: "null",
          Tags: null,
        },
      ],
      input: null,
      instanceId,
      isReplaying: false,
      parentInstanceId: null,
      upperSchemaVersion: 1,
      upperSchemaVersionNew: 2,
      maximumShortTimerDuration: "6.00:00:00",
      longRunningTimerIntervalDuration: "3.00:00:00",
      defaultHttpAsyncRequestSleepTimeMillseconds: 30_000,
    });
  });

  test("null for no input, and a value for JSON", async () => {
    const none = await client.call("POST", "orchestrators/scripted/no-input");
    const some = await bindingAfter(client, echo);

    expect(none.status).toBe(202);
    expect((await client.ended("no-input")).output).toMatchObject({ input: null });
    expect(some["input"]).toMatchObject({ answers: [{ isDone: false }, { isDone: true }] });
  });

  test("an activity's beginning and end", async () => {
    const binding = await bindingAfter(client, echo);

    expect(binding.history.map(({ EventType }) => EventType)).toEqual([12, 0, 4, 13, 12, 5]);
    expect(eventsOf(binding, 4)).toEqual([
      { EventType: 4, ...stamped(0), Name: "returns", Version: "", Input: '[{"json":"1"}]' },
    ]);
    expect(eventsOf(binding, 5)).toEqual([
      { EventType: 5, ...stamped(), TaskScheduledId: 0, Result: "1" },
    ]);
    expect(eventsOf(binding, 13)).toEqual([{ EventType: 13, ...stamped() }]);
  });

  test("an activity's failure as two texts", async () => {
    const binding = await bindingAfter(client, { actionType: 0, functionName: "fails" });

    expect(eventsOf(binding, 6)).toEqual([
      {
        EventType: 6,
        ...stamped(),
        TaskScheduledId: 0,
        Reason: "Activity function 'fails' failed:  no",
        Details:
          '{"$type":"System.Exception, System.Private.CoreLib","ClassName":"System.Exception","Message":" no","Data":null}',
      },
    ]);
  });

  test("null, and not nothing, as the result of an activity that returned nothing", async () => {
    const binding = await bindingAfter(client, {
      actionType: 0,
      functionName: "returns",
      input: {},
    });

    expect(eventsOf(binding, 5)).toMatchObject([{ Result: null }]);
  });

  test("a sub-orchestration's beginning and end, and the child its parent", async () => {
    const binding = await bindingAfter(client, {
      actionType: 2,
      functionName: "child",
      version: "1.5",
    });

    const { OrchestrationInstance } = z
      .looseObject({ OrchestrationInstance: z.object({ ExecutionId: z.string() }) })
      .parse(eventsOf(binding, 0)[0]);
    const childId = `${OrchestrationInstance.ExecutionId}:0`;
    expect(eventsOf(binding, 7)).toEqual([
      {
        EventType: 7,
        ...stamped(0),
        Name: "child",
        Version: "1.5",
        InstanceId: childId,
        Input: null,
      },
    ]);
    const [end] = eventsOf(binding, 8);
    expect(end).toMatchObject({ EventType: 8, TaskScheduledId: 0, Result: expect.any(String) });
    const { Result } = z.looseObject({ Result: z.string() }).parse(end);
    expect(JSON.parse(Result)).toMatchObject({
      instanceId: childId,
      parentInstanceId: binding.instanceId,
      history: [
        {},
        {
          Version: "1.5",
          ParentInstance: {
            TaskScheduleId: 0,
            OrchestrationInstance: { InstanceId: binding.instanceId },
          },
        },
      ],
    });
  });

  test("a sub-orchestration's failure as two texts", async () => {
    const input = { answers: [{ isDone: false, actions: [[]], error: "broken" }] };
    const binding = await bindingAfter(client, { actionType: 2, functionName: "child", input });

    expect(eventsOf(binding, 9)).toEqual([
      {
        EventType: 9,
        ...stamped(),
        TaskScheduledId: 0,
        Reason: "Orchestrator function 'child' failed: broken",
        Details: "Message: broken, StackTrace: ",
      },
    ]);
  });

  test("a timer's beginning and end", async () => {
    const binding = await bindingAfter(client, { actionType: 5, fireAt: later });

    expect(eventsOf(binding, 10)).toEqual([{ EventType: 10, ...stamped(0), FireAt: later }]);
    expect(eventsOf(binding, 11)).toEqual([
      { EventType: 11, ...stamped(), TimerId: 0, FireAt: later },
    ]);
  });

  test("an event from outside with its data as JSON", async () => {
    const wait = { actionType: 6, externalEventName: "Go", reason: "ExternalEvent" };
    const id = await client.start("scripted", { answers: askFor(wait) }, "raised");
    await client.raise(id, "Go", { a: "Grüße" });
    const binding = bindingOf(await client.ended(id));

    expect(eventsOf(binding, 15)).toEqual([
      { EventType: 15, ...stamped(), Name: "Go", Input: '{"a":"Grüße"}' },
    ]);
  });

  test("that it was suspended and resumed, with the reasons", async () => {
    const wait = { actionType: 6, externalEventName: "go" };
    const [asks, ends] = askFor(wait);
    const answers = [asks, asks, asks, ends];
    const id = await client.start("scripted", { answers }, "halted");
    await client.statusWhen(id, ({ runtimeStatus }) => runtimeStatus === "Running");
    await client.call("POST", `instances/${id}/suspend?reason=lunch`);
    await client.statusWhen(id, ({ runtimeStatus }) => runtimeStatus === "Suspended");
    await client.call("POST", `instances/${id}/resume?reason=fed`);
    await client.statusWhen(id, ({ runtimeStatus }) => runtimeStatus === "Running");
    await client.raise(id, "go", 1);

    const binding = bindingOf(await client.ended(id));
    expect(eventsOf(binding, 19)).toEqual([{ EventType: 19, ...stamped(), Reason: "lunch" }]);
    expect(eventsOf(binding, 20)).toEqual([{ EventType: 20, ...stamped(), Reason: "fed" }]);
  });
});
