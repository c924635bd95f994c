import { describe, expect, test } from "vitest";

import { fixture, runHost } from "./support/host-process.ts";
import { useHost } from "./support/use-host.ts";

const { host, client } = useHost("commonjs-app");

/** What the app's own durable client says. */
async function ask(method: string, ...args: unknown[]): Promise<Record<string, unknown>> {
  const response = await fetch(`${host.url}/api/client/${method}`, {
    method: "POST",
    body: JSON.stringify(args),
  });
  return (await response.json()) as Record<string, unknown>;
}

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", { from: id }, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

describe("the status of an instance", () => {
  test("has its input unless it is not wanted, and points back at the question while it runs", async () => {
    await startWaiting("shown");

    const shown = await client.call("GET", "instances/shown?showInput=maybe&x=1");
    const hidden = await client.call("GET", "instances/shown?showInput=FALSE");

    expect(await shown.json()).toMatchObject({ input: { from: "shown" }, output: null });
    expect(await hidden.json()).toMatchObject({ input: null, customStatus: "waiting" });
    expect(shown.headers.get("location")).toBe(
      `${host.url}/runtime/webhooks/durabletask/instances/shown?showInput=maybe&x=1`,
    );
    expect(shown.headers.get("retry-after")).toBe("5");
  });

  test("has no address and no time to wait once it has ended", async () => {
    const { instanceId } = await client.run("greetTwo");

    const response = await client.call("GET", `instances/${instanceId}`);

    expect(response.headers.get("location")).toBeNull();
    expect(response.headers.get("retry-after")).toBeNull();
  });

  test("tells its history in words, without outputs unless they are wanted", async () => {
    const { instanceId } = await client.run("greetTwo", { who: "me" });

    const plain = await client.status(instanceId, "showHistory=true&showInput=false");
    const full = await client.status(instanceId, "showHistory=true&showHistoryOutput=true");

    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    const echo = { EventType: "TaskCompleted", FunctionName: "echo", ScheduledTime: time };
    expect(plain.historyEvents).toEqual([
      { EventType: "ExecutionStarted", Timestamp: time, FunctionName: "greetTwo" },
      { ...echo, Timestamp: time },
      { ...echo, Timestamp: time },
      { EventType: "ExecutionCompleted", Timestamp: time, OrchestrationStatus: "Completed" },
    ]);
    expect(full.historyEvents).toMatchObject([
      { Input: '{"who":"me"}' },
      { Input: null, Result: "a" },
      { Input: null, Result: { b: 1 } },
      { Result: { first: "a" } },
    ]);
  });

  test("reaches the app's own client, which knows what is not there from what is", async () => {
    await startWaiting("known");

    const known = await ask("getStatus", "known", { showInput: true });
    const unknown = await ask("getStatus", "nobody");

    expect(known).toMatchObject({ result: { instanceId: "known", input: { from: "known" } } });
    expect(unknown["error"]).toMatch(/HTTP 404 response.*instanceId provided: nobody/);
  });
});

describe("an id", () => {
  test.each(["a b", "100%", "ü 世界 🚀", "a&b=c+d", "!*'();:@$,[]~", "..a", "INSTANCEID"])(
    "may be %s, if it is encoded",
    async (id) => {
      const path = encodeURIComponent(id);
      await startWaiting(path);

      const status = await client.call("GET", `instances/${path}`);
      await client.call("POST", `instances/${path}/raiseEvent/go`, "event");

      expect(await status.json()).toMatchObject({ instanceId: id });
      expect(await client.ended(path)).toMatchObject({ instanceId: id, output: "event" });
    },
  );
});

describe("the app's durable client", () => {
  test("knows what went wrong from what is as it should be", async () => {
    await startWaiting("wrong");
    const texts = [
      await ask("startNew", "waiting", { instanceId: "wrong" }),
      await ask("startNew", "nobody"),
      await ask("resume", "wrong", "x"),
      await ask("rewind", "wrong", "x"),
      await ask("rewind", "nobody", "x"),
      await ask("terminate", "nobody", "x"),
      await ask("raiseEvent", "wrong", "go"),
      await ask("purgeInstanceHistory", "wrong"),
      await ask("purgeInstanceHistoryBy", {}),
    ].map(({ error }) => error);

    expect(texts).toEqual([
      expect.stringMatching(/status code: 500.*with the status Running already exists/),
      expect.stringMatching(/status code: 400.*The function 'nobody' doesn't exist/),
      expect.stringMatching(/status code: 500.*Cannot resume the orchestration instance wrong/),
      expect.stringMatching(/^This orchestration has status Running, but only/),
      'No orchestration with instance ID "$nobody" found.',
      "No instance with ID 'nobody' found.",
      expect.stringMatching(/status code: 400.*Invalid JSON content/),
      expect.stringMatching(/status code: 412.*Only orchestrations in a terminal state/),
      expect.stringMatching(/status code: 400.*Please provide value for 'createdTimeFrom'/),
    ]);
  });

  test("is not told of what comes too late, and purges", async () => {
    const { instanceId } = await client.run("greetTwo");
    const filter = { createdTimeFrom: "2999-01-01T00:00:00Z" };

    expect([
      await ask("raiseEvent", instanceId, "go", 1),
      await ask("terminate", instanceId, "x"),
      await ask("suspend", instanceId, "x"),
      await ask("purgeInstanceHistory", instanceId),
      await ask("purgeInstanceHistory", instanceId),
      await ask("purgeInstanceHistoryBy", filter),
    ]).toEqual([
      { result: null },
      { result: null },
      { result: null },
      { result: { instancesDeleted: 1 } },
      { result: { instancesDeleted: 0 } },
      { result: { instancesDeleted: 0 } },
    ]);
  });
});

describe("what a request may ask for", () => {
  test.each([
    ["GET", "instances/some/terminate", 404],
    ["PUT", "instances/some", 404],
    ["POST", "instances", 404],
    ["POST", "instances/some/dance", 404],
    ["POST", "instances/some/constructor", 404],
    ["POST", "instances/some/raiseEvent", 404],
    ["POST", "instances/some/terminate/now", 404],
    ["GET", "orchestrators/waiting", 404],
    ["POST", "orchestrators", 404],
    ["POST", "orchestrators/waiting/a%2Fb", 404],
    ["PATCH", "entities/counter/a", 404],
    ["POST", "entities", 400],
    ["POST", "entities/counter/a%23b?op=x", 400],
    ["GET", "toString", 404],
    ["POST", "makeprimary", 200],
    ["POST", "makeprimary/me", 404],
    ["POST", "INSTANCES/some/Terminate", 202],
  ])("%s %s is answered %i", async (method, path, status) => {
    await client.call("POST", "orchestrators/waiting/some");

    const response = await client.call(method, path, method === "GET" ? undefined : 1);

    expect(response.status).toBe(status);
    if (status === 202) await client.ended("some");
  });

  test("its own task hub and connection, in any case; no other", async () => {
    await startWaiting("own");
    const path = "instances/own?taskHub=";

    const own = await client.call("GET", `${path}COMMONJSHUB&connection=azurewebjobsstorage`);
    const none = await client.call("GET", `${path}&connection=%20`);
    const otherHub = await client.call("GET", `${path}Other`);
    const otherConnection = await client.call("GET", "instances/own?Connection=Other");

    expect([own.status, none.status]).toEqual([202, 202]);
    expect([otherHub.status, otherConnection.status]).toEqual([404, 404]);
    expect(await otherHub.json()).toEqual({
      Message:
        "This host has one task hub, 'CommonJsHub'. The request is for 'Other': leave it out, or ask the host that has it.",
    });
    expect(await ask("raiseEvent", "own", "go", 1, { taskHubName: "Other" })).toEqual({
      error: "No instance with ID 'own' found.",
    });
  });

  test("several durable clients in one function, if they are of this hub", async () => {
    const response = await fetch(`${host.url}/api/twoClients`);

    const own = { taskHubName: "CommonJsHub", connectionName: "AzureWebJobsStorage" };
    expect(await response.json()).toMatchObject([own, own]);
  });

  test("a client of another hub is refused at the start, by name", async () => {
    const { code, stderr } = await runHost(
      ["start", "--root", fixture("other-hub-app"), "--port", "0", "--memory"],
      { OTHER_HUB: "OtherHub" },
    );

    expect(code).toBe(2);
    expect(stderr).toContain("one task hub, 'OwnHub' of the connection 'AzureWebJobsStorage'");
    expect(stderr).toMatch(/'reaches', binding '.+': taskHub 'OtherHub'/);
    expect(stderr).toMatch(/'reaches', binding '.+': connectionName 'OtherStorage'/);
  });
});
