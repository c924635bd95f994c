import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { createManagementClient, type ManagementClient } from "./support/management-client.ts";

let host: HostProcess;
let client: ManagementClient;

beforeAll(async () => {
  host = await startHost("commonjs-app");
  client = createManagementClient(host.url, host.keys?.system ?? "");
});

afterAll(async () => {
  await host.stop();
});

/** Through the app's own durable client. */
async function control(operation: string, id: string): Promise<number> {
  const url = `${host.url}/api/control/${operation}/${id}`;
  return (await fetch(url, { method: "POST" })).status;
}

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", null, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

describe("start", () => {
  test("answers a client of the app with links that work", async () => {
    const response = await fetch(`${host.url}/api/start/greetTwo/from-app`, {
      method: "POST",
      body: '{"a":1}',
    });
    const links = (await response.json()) as Record<string, string>;
    await client.ended("from-app");
    const status = await fetch(links["statusQueryGetUri"] ?? "");

    expect(response.status).toBe(202);
    expect(response.headers.get("location")).toBe(links["statusQueryGetUri"]);
    expect(await status.json()).toMatchObject({ instanceId: "from-app", input: { a: 1 } });
  });

  test("is refused while the instance has not ended, and begins anew after that", async () => {
    await startWaiting("again");
    const refused = await client.call("POST", "orchestrators/waiting/again");
    await client.call("POST", "instances/again/terminate?reason=x");
    await client.ended("again");
    await client.start("greetTwo", null, "again");

    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({
      ExceptionMessage: "An Orchestration instance with the status Running already exists.",
    });
    expect(await client.ended("again")).toMatchObject({ name: "greetTwo" });
  });

  test("of one id by many at once runs once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => client.call("POST", "orchestrators/waiting/once")),
    );

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(statuses.filter((status) => status === 500)).toHaveLength(9);
  });

  test.each([
    "nobody",
    "waiting/@entity",
    "waiting/a%23b",
    "waiting/a%5Cb",
    `waiting/${"x".repeat(257)}`,
  ])("of %s is refused", async (path) => {
    expect((await client.call("POST", `orchestrators/${path}`)).status).toBe(400);
  });

  test("with a body that is no JSON is refused", async () => {
    const response = await fetch(`${host.url}/runtime/webhooks/durabletask/orchestrators/waiting`, {
      method: "POST",
      headers: { "x-functions-key": host.keys?.system ?? "" },
      body: "{",
    });

    expect(response.status).toBe(400);
  });

  test("takes the version that is asked for", async () => {
    await client.call("POST", "orchestrators/greetTwo/versioned?version=7.1");

    expect(await client.ended("versioned")).toMatchObject({ output: { version: "7.1" } });
  });

  test("waits for the end if it is asked to", async () => {
    const path = "orchestrators/fanOut?timeout=10&pollingInterval=0.05";
    const response = await client.call("POST", path, 3);

    expect(response.status).toBe(200);
    expect(await response.json()).toBe(3);
  });
});

describe("status", () => {
  test("is 202 while it runs, 200 after, 404 if there is none", async () => {
    await startWaiting("statuses");
    const running = await client.call("GET", "instances/statuses");
    await client.raise("statuses", "go", 1);
    await client.ended("statuses");

    expect(running.status).toBe(202);
    expect((await client.call("GET", "instances/statuses")).status).toBe(200);
    expect((await client.call("GET", "instances/nobody")).status).toBe(404);
  });

  test("reaches the app's client with all keys", async () => {
    const { instanceId } = await client.run("greetTwo");
    const response = await fetch(`${host.url}/api/status/${instanceId}`);

    expect(await response.json()).toMatchObject({ instanceId, runtimeStatus: "Completed" });
  });

  test("of a failure is 500 if the asker wants so", async () => {
    const { instanceId } = await client.run("failing", "x");
    const path = `instances/${instanceId}?returnInternalServerErrorOnFailure=true`;

    expect((await client.call("GET", path)).status).toBe(500);
  });

  test("of many comes in pages and by status", async () => {
    for (const id of ["page-1", "page-2", "page-3"]) await startWaiting(id);
    const path = "instances/?instanceIdPrefix=page-&runtimeStatus=Running&top=2";
    const first = await client.call("GET", path);
    const token = first.headers.get("x-ms-continuation-token") ?? "";
    const second = await client.call("GET", path, undefined, { "x-ms-continuation-token": token });

    const ids = async (response: Response): Promise<unknown> =>
      ((await response.json()) as { instanceId: string }[]).map(({ instanceId }) => instanceId);
    expect(await ids(first)).toEqual(["page-1", "page-2"]);
    expect(await ids(second)).toEqual(["page-3"]);
    expect(second.headers.get("x-ms-continuation-token")).toBe("");
  });
});

describe("control", () => {
  test("terminates with the reason as output, and tells the parent", async () => {
    await client.start("parent", { child: "waiting" }, "elder");
    await client.statusWhen("elder-child", ({ customStatus }) => customStatus === "waiting");
    expect(await control("terminate", "elder-child")).toBe(204);

    expect(await client.ended("elder-child")).toMatchObject({
      runtimeStatus: "Terminated",
      output: "because",
    });
    expect(await client.ended("elder")).toMatchObject({
      output: { error: expect.stringContaining("because") },
    });
  });

  test("suspends: events wait, and are there after resuming", async () => {
    await startWaiting("paused");
    expect(await control("suspend", "paused")).toBe(204);
    await client.statusWhen("paused", ({ runtimeStatus }) => runtimeStatus === "Suspended");
    await client.raise("paused", "go", "late");
    const again = await client.call("POST", "instances/paused/suspend?reason=x");
    const still = await client.status("paused");
    expect(await control("resume", "paused")).toBe(204);

    expect(again.status).toBe(500);
    expect(still.runtimeStatus).toBe("Suspended");
    expect(await client.ended("paused")).toMatchObject({ output: "late" });
  });

  test("terminates what is suspended", async () => {
    await startWaiting("stuck");
    await control("suspend", "stuck");
    await client.statusWhen("stuck", ({ runtimeStatus }) => runtimeStatus === "Suspended");
    await control("terminate", "stuck");

    expect(await client.ended("stuck")).toMatchObject({ runtimeStatus: "Terminated" });
  });

  test("refuses to resume what runs", async () => {
    await startWaiting("awake");

    expect((await client.call("POST", "instances/awake/resume?reason=x")).status).toBe(500);
  });

  test("rewinds a failed orchestration together with its failed child", async () => {
    await client.start("strictParent", null, "phoenix");
    expect(await client.ended("phoenix")).toMatchObject({ runtimeStatus: "Failed" });
    await control("rewind", "phoenix");
    const status = await client.statusWhen(
      "phoenix",
      ({ runtimeStatus }) => runtimeStatus === "Completed",
    );

    expect(status.output).toBe(2);
    expect(await client.status("phoenix-child")).toMatchObject({ runtimeStatus: "Completed" });
    expect((await client.call("POST", "instances/phoenix/rewind?reason=x")).status).toBe(412);
  });

  test("restarts with the same input, under a new id or the same", async () => {
    const { instanceId } = await client.run("fanOut", 3);
    const anew = await client.call("POST", `instances/${instanceId}/restart`);
    const { id } = (await anew.json()) as { id: string };
    const path = `instances/${instanceId}/restart?restartWithNewInstanceId=false`;
    const same = await client.call("POST", path);

    expect(id).not.toBe(instanceId);
    expect(await client.ended(id)).toMatchObject({ input: 3, output: 3 });
    expect(await same.json()).toMatchObject({ id: instanceId });
  });
});

describe("purge", () => {
  test("forgets one instance", async () => {
    const { instanceId } = await client.run("greetTwo");
    const purged = await client.call("DELETE", `instances/${instanceId}`);

    expect(await purged.json()).toEqual({ instancesDeleted: 1 });
    expect((await client.call("DELETE", `instances/${instanceId}`)).status).toBe(404);
  });

  test("by filter forgets only what has ended, and wants a beginning", async () => {
    await startWaiting("kept");
    const { instanceId } = await client.run("greetTwo");
    const from = new Date(Date.now() - 60_000).toISOString();
    const purged = await client.call("DELETE", `instances/?createdTimeFrom=${from}`);

    expect(purged.status).toBe(200);
    expect((await client.call("GET", `instances/${instanceId}`)).status).toBe(404);
    expect((await client.call("GET", "instances/kept")).status).toBe(202);
    expect((await client.call("DELETE", "instances/")).status).toBe(400);
  });
});

describe("access", () => {
  const webhooks = "runtime/webhooks/durabletask/instances/";

  test.each([
    ["no key", webhooks, {}, 401],
    ["the function key", webhooks, { "x-functions-key": "function" }, 401],
    ["the system key", webhooks, { "x-functions-key": "system" }, 200],
    ["the master key", webhooks, { "x-functions-key": "master" }, 200],
    [
      "the app's own path from a web page",
      "durabletask/instances/",
      { origin: "http://evil.example" },
      401,
    ],
    ["the app's own path", "durabletask/instances/", {}, 200],
  ])("with %s", async (_, path, headers: Record<string, string>, expected) => {
    const keys: Record<string, string> = { ...host.keys };
    const key = keys[headers["x-functions-key"] ?? ""];
    const response = await fetch(`${host.url}/${path}`, {
      headers: { ...headers, ...(key === undefined ? {} : { "x-functions-key": key }) },
    });

    expect(response.status).toBe(expected);
  });
});
