import { describe, expect, test } from "vitest";
import { z } from "zod";

import { until } from "./support/until.ts";
import { useHost } from "./support/use-host.ts";

const Helpers = z.object({
  own: z.array(z.object({ guids: z.array(z.guid()), now: z.string(), isReplaying: z.boolean() })),
  later: z.string(),
  isReplaying: z.boolean(),
});

const { host, client } = useHost("commonjs-app");

describe("what a replay must find again", () => {
  test("are the guids and the time of the first time, and that it is a replay", async () => {
    const { output } = await client.run("helpers");

    const { own, later, isReplaying } = Helpers.parse(output);
    const [first, second] = own;
    expect(own).toHaveLength(2);
    expect(second).toEqual({ ...first, isReplaying: true });
    expect(first?.isReplaying).toBe(false);
    expect(new Set(first?.guids).size).toBe(2);
    expect(later > (first?.now ?? "")).toBe(true);
    expect(isReplaying).toBe(false);
  });
});

describe("an input that an orchestrator changes", () => {
  test("is as it was at the next replay", async () => {
    expect(await client.run("changesInput", ["as it was"])).toMatchObject({
      input: ["as it was"],
      output: ["as it was", "changed"],
    });
  });
});

describe("the input of the next execution", () => {
  test.each([
    ["an object", { a: 1 }, { a: 1 }],
    ["a number", 7, 7],
    // The library writes texts as JSON twice.
    ["a text", "x", '"x"'],
  ])("that is %s", async (_, next, expected) => {
    expect(await client.run("saysAgain", { isFirst: true, next })).toMatchObject({
      input: expected,
      output: expected,
    });
  });
});

describe("a custom status", () => {
  test.each([
    ["null", null, "kept"],
    ["an empty text", "", "kept"],
    ["nought", 0, "kept"],
  ])("of %s leaves the one before", async (_, status, expected) => {
    expect(await client.run("changesStatus", status)).toMatchObject({ customStatus: expected });
  });

  test("replaces the one before", async () => {
    expect(await client.run("changesStatus", { b: 2 })).toMatchObject({ customStatus: { b: 2 } });
  });
});

describe("sub-orchestrations", () => {
  test("have ids made of the execution and their number", async () => {
    const { output } = await client.run("children");

    const [first, second] = z.array(z.string()).parse(output);
    expect(first).toMatch(/^[0-9a-f]{32}:0$/);
    expect(second).toBe(first?.replace(":0", ":1"));
  });

  test("are tried again under the same id, if they have one", async () => {
    expect(await client.run("retriesChild", 2)).toMatchObject({ output: 2 });
  });

  test("that failed for good leave the library in step", async () => {
    const { output } = await client.run("retriesChild", 1);

    expect(output).toMatch(/^gave up after 1: Orchestrator function 'failsOnce' failed: /);
  });
});

describe("data", () => {
  test("has a date wherever it has a property named Timestamp, as the library does it", async () => {
    const time = "2026-11-25T08:00:00Z";

    expect(await client.run("times", { Timestamp: time, timestamp: time })).toMatchObject({
      input: { Timestamp: time },
      output: ["Timestamp Date", "timestamp String"],
    });
  });

  test.each([
    ["null", null, "object null"],
    ["an empty text", "", 'string ""'],
    ["false", false, "boolean false"],
    ["an array", [1, "2"], 'object [1,"2"]'],
  ])("of an event: %s", async (_, data, expected) => {
    const id = await client.start("typeOfEvent");
    await client.raise(id, "go", data);

    expect(await client.ended(id)).toMatchObject({ output: expected });
  });

  test("is an empty text if the app's client starts without an input, as it sends it", async () => {
    await fetch(`${host.url}/api/client/startNew`, {
      method: "POST",
      body: JSON.stringify(["greetTwo", { instanceId: "of-client" }]),
    });

    expect(await client.ended("of-client")).toMatchObject({ input: "", output: { input: "" } });
  });
});

describe("what hangs because of the library is told:", () => {
  test.each([
    ["a compound of tasks that had ended", "anyOfDone"],
    ["a retry that has run out of time", "outOfTime"],
  ])("%s", async (_, name) => {
    const id = await client.start(name);

    await until("it is told", () => host.log().includes(`Instance '${id}' of '${name}' is stuck`));
    expect(await client.status(id)).toMatchObject({ runtimeStatus: "Running" });
  });
});

describe("an entity", () => {
  test("without a state has none, and a state that is an empty text is read as that", async () => {
    const steps = [["state"], ["set", ""], ["state"], ["set"], ["state"]];
    const { output } = await client.run("operates", { entity: ["Quirky", "empty"], steps });

    expect(output).toEqual([
      "undefined undefined",
      "set",
      'string ""',
      "set",
      "undefined undefined",
    ]);
  });

  test("that returns twice in one operation answers the next with it, as the library has it", async () => {
    const { output } = await client.run("asksAtOnce", ["returnTwice", "state"]);

    expect(output).toEqual(["first", "second"]);
  });
});

describe("the context of a function", () => {
  test("has no metadata and no retries with HTTP", async () => {
    const response = await fetch(`${host.url}/api/aware`);

    expect(await response.json()).toEqual({
      triggerMetadata: "none",
      retryContext: "none",
      functionName: "aware",
    });
  });

  test("has no retries with HTTP either if there is a policy: the caller may try again", async () => {
    const failed = await fetch(`${host.url}/api/failsFirst`);
    const again = await fetch(`${host.url}/api/failsFirst`);

    expect(failed.status).toBe(500);
    expect(await again.json()).toEqual({ attempts: 2, retryContext: "none" });
  });

  test("has an activity's metadata, with a small letter at every beginning, and its instance", async () => {
    const { instanceId, output } = await client.run("asksAware");

    const data = { deep: { inside: 1 } };
    expect(output).toMatchObject({
      triggerMetadata: { instanceId, data },
      retryContext: "none",
      functionName: "aware-too",
    });
  });
});

describe("a parent that is terminated", () => {
  test("leaves its child alone, and learns nothing more from it", async () => {
    const id = await client.start("parent", { child: "waiting" }, "abandons");
    const child = `${id}-child`;
    await client.statusWhen(child, ({ customStatus }) => customStatus === "waiting");
    await client.call("POST", `instances/${id}/terminate?reason=enough`);
    await client.ended(id);

    const left = await client.status(child);
    await client.raise(child, "go", 1);

    expect(left).toMatchObject({ runtimeStatus: "Running" });
    expect(await client.ended(child)).toMatchObject({ runtimeStatus: "Completed", output: 1 });
    expect(await client.status(id)).toMatchObject({
      runtimeStatus: "Terminated",
      output: "enough",
    });
  });
});

describe("a check status response", () => {
  test("has links to where the request went to", async () => {
    const origin = `http://localhost:${host.port}`;

    const response = await fetch(`${origin}/api/start/greetTwo`, { method: "POST", body: "{}" });

    const { statusQueryGetUri } = z
      .object({ statusQueryGetUri: z.string() })
      .parse(await response.json());
    expect([response.status, response.headers.get("retry-after")]).toEqual([202, "10"]);
    expect(response.headers.get("location")).toBe(statusQueryGetUri);
    expect(new URL(statusQueryGetUri).origin).toBe(origin);
  });
});
