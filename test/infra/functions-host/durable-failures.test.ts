import { describe, expect, test } from "vitest";
import { useHost } from "./support/use-host.ts";

const { client } = useHost("commonjs-app");

describe("an activity that fails", () => {
  test("throws a reason and a .NET exception in its orchestration", async () => {
    const { output } = await client.run("catches", { activity: "fail", input: "no disk" });

    const { name, message } = output as { name: string; message: string };
    const [reason, details] = message.split(" \n ");
    expect(name).toBe("Error");
    expect(reason).toBe("Activity function 'fail' failed:  no disk");
    expect(JSON.parse(details ?? "")).toEqual({
      $type: "System.Exception, System.Private.CoreLib",
      ClassName: "System.Exception",
      Message: " no disk",
      Data: null,
    });
  });

  test.each([
    ["text", "only text"],
    ["object", '{"code":7}'],
    ["number", "5"],
  ])("with %s instead of an error has a message", async (what, expected) => {
    const { output } = await client.run("catches", { activity: "throwOther", input: what });

    expect((output as { message: string }).message).toContain(
      `Activity function 'throwOther' failed:  ${expected} \n `,
    );
  });

  test("with nothing fails, too", async () => {
    const { output } = await client.run("catches", { activity: "throwOther", input: "nothing" });

    expect(output).toMatchObject({ name: "Error" });
  });

  test("with an error whose properties the app provides throws a TaskFailedError", async () => {
    const input = { activity: "failWithProperties", input: "out of bounds" };
    const { instanceId, output } = await client.run("catches", input);
    const { historyEvents } = await client.status(instanceId, "showHistory=true");

    expect(output).toMatchObject({
      name: "TaskFailedError",
      message: "RangeError: out of bounds",
      taskName: "failWithProperties",
      failureDetails: {
        errorType: "RangeError",
        errorMessage: "out of bounds",
        isNonRetriable: false,
        properties: { code: "E42", tries: 3 },
        stackTrace: expect.stringContaining("RangeError: out of bounds"),
      },
    });
    expect(historyEvents).toContainEqual(
      expect.objectContaining({
        EventType: "TaskFailed",
        Reason: "Activity function 'failWithProperties' failed:  out of bounds",
      }),
    );
  });
});

describe("an orchestration that fails", () => {
  test("has its error as output", async () => {
    const { output } = await client.run("throwsText", "luck");

    expect(output).toBe("Orchestrator function 'throwsText' failed: no luck");
  });

  test("has the type and message of the TaskFailedError that it did not catch", async () => {
    const { output } = await client.run("failingWithProperties", "out of bounds");

    expect(output).toBe(
      "Orchestrator function 'failingWithProperties' failed: RangeError: out of bounds",
    );
  });
});

describe("what activities and orchestrations return", () => {
  test("is what they returned, and null for nothing", async () => {
    const what = ["nothing", "null", "false", "zero", "text", "json", "date", "unicode"];
    const { output } = await client.run("returnsOther", what);

    expect(output).toEqual([
      "object null",
      "object null",
      "boolean false",
      "number 0",
      'string ""',
      'string "{\\"a\\":1}"',
      'string "2026-11-25T08:00:00+02:00"',
      'string "Grüße, 世界 🚀 \u2028\\u0000"',
    ]);
  });

  test("is null of an orchestration that returns nothing", async () => {
    expect(await client.run("returnsNothing")).toMatchObject({ output: null });
  });

  test.each([
    ["a date-like text", { when: "2026-11-25T08:00:00.1234567+02:00" }],
    ["unicode", { text: "Grüße, 世界 🚀 \u2028 \u0000 \ud800" }],
    ["text that is JSON", { text: "[1,2]" }],
    ["deep data", { a: [{ b: [{ c: [null, true, 1.5e300, -0.1] }] }] }],
    ["a strange key", JSON.parse('{"__proto__":{"x":1},"constructor":2}')],
  ])("survives the way in and out: %s", async (_, value: unknown) => {
    const { input, output } = await client.run("echoes", value);

    expect(JSON.stringify(input)).toBe(JSON.stringify(value));
    expect(JSON.stringify(output)).toBe(JSON.stringify(value));
  });

  test.each([
    ["60 KB", "x", 60_000],
    ["6 MB of several bytes a letter", "世", 2_000_000],
  ])("may be big: %s", async (_, text, times) => {
    const { output } = await client.run("grows", { text, times });

    expect(output).toEqual({ length: times, isSame: true, last: text });
  });

  test("may be big on the way in, too", async () => {
    const value = "y".repeat(5_000_000);
    const { instanceId, output } = await client.run("echoes", value);
    const response = await client.call("GET", `instances/${instanceId}?showInput=false`);

    expect(output).toBe(value);
    expect(await response.json()).toMatchObject({ input: null });
  });
});
