import { describe, expect, test } from "vitest";
import { useHost } from "./support/use-host.ts";

const { host, client } = useHost("commonjs-app", ["--memory", "--enable-auth"]);

/** Through the app's own durable client. */
async function control(operation: string, id: string): Promise<number> {
  const url = `${host.url}/api/control/${operation}/${id}`;
  return (await fetch(url, { method: "POST" })).status;
}

async function startWaiting(id: string): Promise<void> {
  await client.start("waiting", null, id);
  await client.statusWhen(id, ({ customStatus }) => customStatus === "waiting");
}

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
    expect(await again.json()).toEqual({
      Message: "Something went wrong while processing your request",
      ExceptionMessage:
        "Cannot suspend the orchestration instance paused because instance is in the Suspended state.",
      ExceptionType: "System.InvalidOperationException",
    });
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
  });

  test("rewinds only what failed, and says so", async () => {
    const { instanceId } = await client.run("greetTwo");
    const ended = await client.call("POST", `instances/${instanceId}/rewind?reason=x`);
    const missing = await client.call("POST", "instances/nobody/rewind");

    expect(ended.status).toBe(412);
    expect(await ended.json()).toBe(
      'This orchestration has status Completed, but only orchestrations in the "Failed" state can be rewound.',
    );
    expect(missing.status).toBe(404);
    expect(await missing.json()).toBe('No orchestration with instance ID "$nobody" found.');
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

  test("restarts with today's version, and waits if it is asked to", async () => {
    await client.call("POST", "orchestrators/greetTwo/old?version=0.1");
    await client.ended("old");
    const path = "instances/old/restart?timeout=10&pollingInterval=0.05";

    const restarted = await client.call("POST", path);

    expect(restarted.status).toBe(200);
    expect(await restarted.json()).toMatchObject({ version: "1.0" });
  });

  test("restarts nothing that is not there or still runs", async () => {
    await startWaiting("alive");
    const missing = await client.call("POST", "instances/nobody/restart");
    const path = "instances/alive/restart?restartWithNewInstanceId=false";

    expect(missing.status).toBe(400);
    expect(await missing.json()).toMatchObject({
      Message: "InstanceId does not match a valid orchestration instance.",
    });
    expect((await client.call("POST", path)).status).toBe(500);
  });

  test.each(["terminate", "suspend", "resume"])(
    "answers 404 to %s of an unknown instance, and 410 of one that has ended",
    async (operation) => {
      const { instanceId } = await client.run("greetTwo");
      const path = (id: string): string => `instances/${id}/${operation}?reason=x`;

      expect((await client.call("POST", path("nobody"))).status).toBe(404);
      expect((await client.call("POST", path(instanceId))).status).toBe(410);
    },
  );

  test("looks at the instance before it looks at an event", async () => {
    const { instanceId } = await client.run("greetTwo");
    const path = `instances/${instanceId}/raiseEvent/go`;
    const response = await client.call("POST", path, 1, { "content-type": "text/plain" });

    expect(response.status).toBe(410);
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

  test("takes only what has ended", async () => {
    await startWaiting("busy");
    const refused = await client.call("DELETE", "instances/busy");

    expect(refused.status).toBe(412);
    expect(await refused.json()).toBe(
      "Only orchestrations in a terminal state can be purged, but the orchestration with instance ID busy has status Running",
    );
    expect((await client.call("GET", "instances/busy")).status).toBe(202);
  });

  test("by filter takes only the status that is asked for, and is 404 if there was none", async () => {
    const { instanceId } = await client.run("failing", "x");
    const path = "instances/?createdTimeFrom=2020-01-01&runtimeStatus=";

    expect((await client.call("DELETE", `${path}Running`)).status).toBe(404);
    expect((await client.call("DELETE", `${path}Failed`)).status).toBe(200);
    expect((await client.call("GET", `instances/${instanceId}`)).status).toBe(404);
  });

  test("of an entity that is not there deletes none", async () => {
    const response = await client.call("DELETE", "instances/@counter@nobody");

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ instancesDeleted: 0 });
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
