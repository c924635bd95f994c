import { describe, expect, test } from "vitest";

import { until } from "./support/until.ts";
import { useHost } from "./support/use-host.ts";

const { host, client } = useHost("commonjs-app");

async function stateOf(key: string): Promise<unknown> {
  const response = await client.call("GET", `entities/Counter/${key}`);
  return response.status === 200 ? response.json() : undefined;
}

describe("entities", () => {
  test("answer calls of an orchestration", async () => {
    expect(await client.run("counts", { key: "calls", times: 5 })).toMatchObject({ output: 5 });
  });

  test("work on one operation at a time, whoever calls", async () => {
    const ids = await Promise.all(
      Array.from({ length: 10 }, () => client.start("counts", { key: "shared", times: 10 })),
    );
    for (const id of ids) await client.ended(id);

    expect(await stateOf("shared")).toBe(100);
  });

  test("take a signal before the call that follows it", async () => {
    expect(await client.run("signals", "signalled")).toMatchObject({ output: 5 });
  });

  test("signal each other", async () => {
    await client.run("forwards", "first");

    expect(await until("the signal arrived", () => stateOf("other"))).toBe(3);
  });

  test("answer the call that a replay begins earlier than it was made", async () => {
    expect(await client.run("callsAfterCancel")).toMatchObject({ output: 2 });
  });

  test("hand the error of an operation to its caller, as the library writes it", async () => {
    const status = await client.run("asksWrongly");

    expect(status.output).toBe("error [object Object]");
  });

  test("take signals of clients, keep their names without case, and can be listed and purged", async () => {
    await client.call("POST", "entities/COUNTER/web?op=add", 4);
    await until("the signal arrived", () => stateOf("web"));
    const list = await client.call("GET", "entities/counter");

    expect(await stateOf("web")).toBe(4);
    expect(await list.json()).toContainEqual(
      expect.objectContaining({ entityId: { name: "counter", key: "web" } }),
    );
    expect((await client.call("DELETE", "instances/@counter@web")).status).toBe(200);
    expect(await stateOf("web")).toBeUndefined();
  });

  test("that are not there are 404, and those of an unknown name are refused", async () => {
    expect((await client.call("GET", "entities/counter/nobody")).status).toBe(404);
    expect((await client.call("POST", "entities/nothing/1?op=add", 1)).status).toBe(400);
  });

  test("of a client of the app are signalled and read", async () => {
    const entity = { entity: ["Counter", "of-client"] };
    const call = async (method: string, ...args: unknown[]): Promise<unknown> => {
      const url = `${host.url}/api/client/${method}`;
      return (await fetch(url, { method: "POST", body: JSON.stringify(args) })).json();
    };

    const before = await call("readEntityState", entity);
    await call("signalEntity", entity, "add", 7);
    await until("the signal arrived", () => stateOf("of-client"));

    expect(before).toEqual({ result: { entityExists: false } });
    expect(await call("readEntityState", entity)).toEqual({
      result: { entityExists: true, entityState: 7 },
    });
    expect(await call("signalEntity", { entity: ["nothing", "x"] }, "add", 7)).toEqual({
      error: expect.stringMatching(/status code: 400.*The function 'nothing' doesn't exist/),
    });
  });

  test("know their name in lower case, their key as it is, and whether they are new", async () => {
    const steps = [["describe"], ["set", 1], ["describe"]];
    const { output } = await client.run("operates", { entity: ["COUNTER", "Known-As"], steps });

    const common = { entityName: "counter", entityKey: "Known-As", operationName: "describe" };
    expect(output).toEqual([
      { ...common, isNewlyConstructed: true },
      null,
      { ...common, isNewlyConstructed: false },
    ]);
  });

  test("begin anew after they removed themselves", async () => {
    const steps = [["add", 3], ["remove"], ["add", 4], ["remove"]];
    const { output } = await client.run("operates", { entity: ["Counter", "mayfly"], steps });

    expect(output).toEqual([3, null, 4, null]);
    expect((await client.call("GET", "entities/counter/mayfly")).status).toBe(404);
    expect((await client.call("DELETE", "instances/@counter@mayfly")).status).toBe(200);
  });

  test("keep what an operation set before it failed, as the library has no way back", async () => {
    const steps = [["set", 1], ["setAndFail", 2], ["get"]];
    const { output } = await client.run("operates", { entity: ["Counter", "half"], steps });

    expect(output).toEqual([null, "error [object Object]", 2]);
  });

  test("of no function fail the orchestration that calls them", async () => {
    const { runtimeStatus, output } = await client.run("operates", {
      entity: ["nothing", "x"],
      steps: [["get"]],
    });

    expect(runtimeStatus).toBe("Failed");
    expect(output).toMatch(/The function 'nothing' doesn't exist.* not an entity function/);
  });

  test.each([
    ["no input", [], "nothing"],
    ["null", [null], "nothing"],
    ["false", [false], false],
    ["an empty text", [""], ""],
    ["unicode", ["世界 🚀"], "世界 🚀"],
  ])("get %s from an orchestration", async (_, input, expected) => {
    const steps = [["input", ...input]];
    const { output } = await client.run("operates", { entity: ["Counter", "inputs"], steps });

    expect(output).toEqual([{ input: expected }]);
  });

  test.each([
    ["application/json; charset=utf-8", '{"a":1}', { a: 1 }],
    ["text/plain", "just text", "just text"],
    ["text/plain", '{"a":1}', '{"a":1}'],
  ])("get %s from a client: %s", async (type, body, expected) => {
    const key = `typed-${type.length}-${body.length}`;
    await fetch(`${host.url}/runtime/webhooks/durabletask/entities/Counter/${key}?op=set`, {
      method: "POST",
      headers: { "x-functions-key": host.keys?.system ?? "", "content-type": type },
      body,
    });

    expect(await until("it has its state", () => stateOf(key))).toEqual(expected);
  });

  test("are not signalled with broken JSON", async () => {
    const response = await fetch(
      `${host.url}/runtime/webhooks/durabletask/entities/Counter/b?op=set`,
      {
        method: "POST",
        headers: {
          "x-functions-key": host.keys?.system ?? "",
          "content-type": "application/json",
        },
        body: "{",
      },
    );

    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      Message: expect.stringMatching(/^Could not parse JSON content: /),
    });
  });

  test("are told `delete` by an HTTP DELETE", async () => {
    await client.call("POST", "entities/Batches/told?op=x", 1);
    await client.call("DELETE", "entities/Batches/told");
    const response = await until("both are done", async () => {
      const found = await client.call("GET", "entities/batches/told");
      return found.status === 200 && (await found.clone().text()).includes("delete") && found;
    });

    expect(await response.json()).toEqual(["x1", "deleteundefined"]);
  });

  test("take all signals of one operation", async () => {
    await client.call("POST", "entities/Counter/teller?op=tellTwice", "told-twice");

    const sum = await until("both arrived", async () => {
      const state = await stateOf("told-twice");
      return state === 11 && state;
    });
    expect(sum).toBe(11);
  });

  test("take the requests of one orchestration in their order", async () => {
    await client.run("asksInTurn", "in-turn");
    const response = await client.call("GET", "entities/batches/in-turn");

    expect(await response.json()).toEqual(["signal1", "signal2", "signal3", "call4", "call5"]);
  });

  test("cannot be locked, and the library says so", async () => {
    const status = await client.run("locks");

    expect(status.output).toContain("lock requires a Durable Functions extension");
  });
});
