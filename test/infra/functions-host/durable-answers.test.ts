import { describe, expect, test } from "vitest";
import { z } from "zod";

import {
  type Answer,
  askFor,
  type Binding,
  bindingAfter,
  bindingOf,
  eventsOf,
  runScript,
} from "./support/raw-orchestration.ts";
import { useHost } from "./support/use-host.ts";

const EXECUTION_ID = expect.stringMatching(/^[0-9a-f]{32}$/);

const { client } = useHost("raw-app");

const echo = { actionType: 0, functionName: "returns", input: { json: "1" } };

/** The answers of entities in a history. */
function entityAnswers(binding: Binding): Record<string, unknown>[] {
  return eventsOf(binding, 15).map((event) => {
    const { Input } = z.looseObject({ Input: z.string() }).parse(event);
    return JSON.parse(Input) as Record<string, unknown>;
  });
}

function doing(action: object): Answer {
  return { isDone: false, actions: [[action]] };
}

describe("a call of an entity", () => {
  const call = { actionType: 7, instanceId: "@mirror@Key", operation: "look", input: { a: 1 } };

  test("is an event that was sent, and one that comes back under the request's id", async () => {
    const binding = await bindingAfter(client, call);

    const [sent] = eventsOf(binding, 14);
    const { Input } = z.looseObject({ Input: z.string() }).parse(sent);
    const request = z.looseObject({ id: z.string() }).parse(JSON.parse(Input));
    expect(sent).toMatchObject({ EventId: 0, Name: "op", InstanceId: "@mirror@Key" });
    expect(request).toEqual({
      op: "look",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      input: '{"a":1}',
      parent: binding.instanceId,
      parentExecution: EXECUTION_ID,
    });
    expect(eventsOf(binding, 15)).toMatchObject([{ EventId: -1, Name: request.id }]);
  });

  test("gives the entity itself, its state and the operation, and the caller the result", async () => {
    await bindingAfter(client, { ...call, instanceId: "@mirror@given" });
    const binding = await bindingAfter(client, { ...call, instanceId: "@mirror@given" });

    const [response = {}] = entityAnswers(binding);
    expect(Object.keys(response)).toEqual(["result"]);
    expect(JSON.parse(String(response["result"]))).toEqual({
      self: { name: "mirror", key: "given" },
      exists: true,
      state: '"look"',
      operation: { name: "look", input: '{"a":1}', isSignal: false },
    });
  });

  test("of a new entity has no state, and without input none", async () => {
    const { input: _, ...without } = { ...call, instanceId: "@mirror@new" };
    const binding = await bindingAfter(client, without);

    const [response] = entityAnswers(binding);
    expect(JSON.parse(String(response?.["result"]))).toMatchObject({
      exists: false,
      state: null,
      operation: { input: null },
    });
  });

  test("that fails comes back with the type of an exception", async () => {
    const binding = await bindingAfter(client, { ...call, operation: "fail" });

    expect(entityAnswers(binding)).toMatchObject([{ exceptionType: "Error" }]);
  });

  test("as a signal is marked as one, and nobody waits for it", async () => {
    const signal = { ...call, actionType: 9, instanceId: "@mirror@signalled" };
    const binding = await bindingAfter(client, signal, echo);

    const [sent] = eventsOf(binding, 14);
    const { Input } = z.looseObject({ Input: z.string() }).parse(sent);
    expect(JSON.parse(Input)).toMatchObject({ op: "look", signal: true });
    expect(eventsOf(binding, 15)).toEqual([]);
    expect(eventsOf(binding, 5)).toMatchObject([{ TaskScheduledId: 1 }]);
  });
});

describe("the next execution of an orchestration", () => {
  test("has a new id and a history of its own", async () => {
    const next = { answers: [{ isDone: true, actions: [[]], output: "$binding" }] };
    const actions = [[echo, { actionType: 4, input: next }]];
    const status = await runScript(client, [
      { isDone: false, actions: [[echo]] },
      { isDone: true, actions },
    ]);

    const binding = bindingOf(status);
    expect(binding).toMatchObject({ instanceId: status.instanceId, input: next });
    expect(binding.history.map(({ EventType }) => EventType)).toEqual([12, 0]);
  });

  test("keeps its parent", async () => {
    const next = { answers: [{ isDone: true, actions: [[]], output: "$binding" }] };
    const input = { answers: [{ isDone: true, actions: [[{ actionType: 4, input: next }]] }] };
    const binding = await bindingAfter(client, { actionType: 2, functionName: "child", input });

    const { Result } = z.looseObject({ Result: z.string() }).parse(eventsOf(binding, 8)[0]);
    expect(JSON.parse(Result)).toMatchObject({ parentInstanceId: binding.instanceId });
  });
});

describe("what an orchestrator answers", () => {
  test.each(["json", "string"])("may be %s", async (as) => {
    expect(
      await runScript(client, [{ as, isDone: true, actions: [[]], output: { a: 1 } }]),
    ).toMatchObject({
      runtimeStatus: "Completed",
      output: { a: 1 },
    });
  });

  test("is cut out of the error that it is thrown in", async () => {
    const throws = "no\n\n$OutOfProcData$:";
    const status = await runScript(client, [
      { throws, isDone: false, actions: [[]], error: "no", customStatus: "sad" },
    ]);

    expect(status).toMatchObject({
      runtimeStatus: "Failed",
      output: "Orchestrator function 'scripted' failed: no",
      customStatus: "sad",
    });
  });

  test("fails its instance if it is an error without an answer", async () => {
    expect(await runScript(client, [{ throws: "the library broke: " }])).toMatchObject({
      runtimeStatus: "Failed",
      output: "Orchestrator function 'scripted' failed: the library broke: {}",
    });
  });

  test.each([
    ["no JSON", { as: "string", raw: "hello" }, /^Orchestrator function 'scripted' returned what/],
    ["no answer", { raw: '{"isDone":"yes"}' }, /^Orchestrator function 'scripted' returned what/],
    ["an action that there is not", doing({ actionType: 99 }), /returned what this host cannot/],
    ["an action of Azure's own", doing({ actionType: 10 }), /returned what this host cannot/],
    [
      "a timer that never is",
      doing({ actionType: 5, fireAt: "never" }),
      /returned what this host cannot read: .*is not a time/s,
    ],
  ])("fails its instance, and only that, if it is %s", async (_, answer, reason) => {
    const { runtimeStatus, output } = await runScript(client, [answer]);

    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(reason);
    expect(await runScript(client, askFor(echo))).toMatchObject({ runtimeStatus: "Completed" });
  });
});
