import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { createManagementClient, type ManagementClient } from "./support/management-client.ts";
import { until } from "./support/until.ts";

let host: HostProcess;
let client: ManagementClient;

beforeAll(async () => {
  host = await startHost("commonjs-app");
  client = createManagementClient(host.url, host.keys?.system ?? "");
});

afterAll(async () => {
  await host.stop();
});

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

  test("cannot be locked, and the library says so", async () => {
    const status = await client.run("locks");

    expect(status.output).toContain("lock requires a Durable Functions extension");
  });
});
