import { describe, expect, test } from "vitest";
import { useHost } from "./support/use-host.ts";

const { host, client } = useHost("commonjs-app");

describe("activities", () => {
  test("run one after the other, and the orchestration knows its version", async () => {
    const status = await client.run("greetTwo", { who: "me" });

    expect(status).toMatchObject({
      runtimeStatus: "Completed",
      output: { first: "a", second: { b: 1 }, version: "1.0", input: { who: "me" } },
    });
  });

  test("get their input as .NET hands it on", async () => {
    const status = await client.run("inputTypes");

    expect(status.output).toEqual([
      "string text",
      "number 7",
      "string True",
      "undefined undefined",
      "object [object Object]",
    ]);
  });

  test("have a durable client, if they ask for one, and start orchestrations with it", async () => {
    const { output } = await client.run("startsAnother");
    const started = await client.ended(String(output));

    expect(started).toMatchObject({ name: "greetTwo", runtimeStatus: "Completed" });
  });

  test("fan out and in", async () => {
    expect(await client.run("fanOut", 40)).toMatchObject({ output: 780 });
  });

  test("are tried again, and stay in step with the library after the last failure", async () => {
    const recovered = await client.run("retried", { times: 2, attempts: 3 });
    const exhausted = await client.run("retried", { times: 9, attempts: 3 });

    expect(recovered.output).toBe(3);
    expect(exhausted.output).toMatch(
      /^gave up after 3: Activity function 'failFirst' failed: {2}try 3/,
    );
  });

  test("that fail fail their orchestration with their message", async () => {
    const status = await client.run("failing", "no disk");

    expect(status.runtimeStatus).toBe("Failed");
    expect(status.output).toMatch(
      /^Orchestrator function 'failing' failed: Activity function 'fail' failed: {2}no disk/,
    );
  });

  test("that do not exist are named, with those that do", async () => {
    const status = await client.run("callsMissing");

    expect(status.runtimeStatus).toBe("Failed");
    expect(status.output).toMatch(/^The function 'nobody' doesn't exist, .* 'echo'/);
  });
});

describe("sub-orchestrations", () => {
  test("answer their parent, and know it", async () => {
    const status = await client.run("parent", { child: "parentOf" });

    expect(status.output).toEqual({ child: status.instanceId });
  });

  test("that fail throw in their parent", async () => {
    const status = await client.run("parent", { child: "failing", input: "broken" });

    expect(status.output).toMatchObject({ error: expect.stringContaining("broken") });
  });

  test("cannot take the id of one that is running", async () => {
    const id = "busy-parent";
    await client.start("waiting", null, `${id}-child`);
    await client.statusWhen(`${id}-child`, ({ customStatus }) => customStatus === "waiting");

    await client.start("parent", { child: "waiting" }, id);

    expect(await client.ended(id)).toMatchObject({
      output: { error: expect.stringContaining(`the same id '${id}-child' already exists`) },
    });
  });

  test("continue as new and then answer their parent", async () => {
    const status = await client.run("parent", { child: "countDown", input: 3 });

    expect(status.output).toEqual({ child: "done" });
  });
});

describe.concurrent("timers and events", () => {
  test("a timer wins the race when no event comes", async () => {
    expect(await client.run("race", { seconds: 0.2 })).toMatchObject({ output: "timed out" });
  });

  test("an event wins the race, and the cancelled timer holds nothing up", async () => {
    const id = await client.start("race", { seconds: 600 });
    await client.raise(id, "go", { ok: true });

    expect(await client.ended(id)).toMatchObject({
      output: { event: { ok: true }, after: "after" },
    });
  });

  test("event names compare without case in the host, and with it in the library", async () => {
    const id = await client.start("race", { seconds: 0.5 });
    await client.raise(id, "GO", 1);

    expect(await client.ended(id)).toMatchObject({ output: "timed out" });
  });

  test("a timer that nobody cancelled keeps the orchestration running", async () => {
    const begun = Date.now();
    const status = await client.run("forgetsTimer");

    expect(status.output).toBe("activity");
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1400);
  });

  test("events that come early are kept, in their order", async () => {
    const id = await client.start("collect");
    await client.raise(id, "item", 1);
    await client.raise(id, "item", 2);

    expect(await client.ended(id)).toMatchObject({ output: [1, 2] });
  });

  test("events that come while an orchestration continues as new reach its next execution", async () => {
    const id = await client.start("endless", 0);
    for (let index = 0; index < 10; index += 1) await client.raise(id, "item", index);
    const seen = await client.statusWhen(id, ({ input }) => input === 10);
    await client.raise(id, "item", "stop");

    expect(seen.runtimeStatus).toBe("Running");
    expect(await client.ended(id)).toMatchObject({ output: 10 });
  });

  test("an event for an instance that has ended is answered 410, for an unknown one 404", async () => {
    const { instanceId } = await client.run("greetTwo");

    expect((await client.raise(instanceId, "go", 1)).status).toBe(410);
    expect((await client.raise("nobody", "go", 1)).status).toBe(404);
  });

  test("an event that is not JSON is refused", async () => {
    const id = await client.start("waiting");
    const path = `instances/${id}/raiseEvent/go`;

    expect((await client.call("POST", path)).status).toBe(400);
    expect((await client.call("POST", path, 1, { "content-type": "text/plain" })).status).toBe(400);
  });
});

describe("continue-as-new and custom status", () => {
  test("each execution begins with an empty history and the last custom status stays", async () => {
    const { instanceId } = await client.run("countDown", 5);
    const status = await client.status(instanceId, "showHistory=true");

    expect(status).toMatchObject({ input: 0, output: "done", customStatus: { left: 0 } });
    expect(status.historyEvents?.map(({ EventType }) => EventType)).toEqual([
      "ExecutionStarted",
      "TaskCompleted",
      "ExecutionCompleted",
    ]);
  });

  test("a custom status over 16 KB fails the orchestration", async () => {
    const status = await client.run("loud");

    expect(status).toMatchObject({
      runtimeStatus: "Failed",
      output: expect.stringContaining("must not exceed 16 KB"),
    });
  });
});

describe("determinism", () => {
  test("code that asks for something else at a replay fails its instance, and says what", async () => {
    const status = await client.run("moody");

    expect(status.runtimeStatus).toBe("Failed");
    expect(status.output).toMatch(
      /^Non-Deterministic workflow detected: .* sequence ID 0 and name 'echo' .*'moody' now asks/,
    );
  });
});

describe("callHttp", () => {
  test("answers with status and content", async () => {
    const status = await client.run("fetches", `${host.url}/admin/host/ping`);

    expect(status.output).toEqual({ status: 200, content: "" });
  });
});
