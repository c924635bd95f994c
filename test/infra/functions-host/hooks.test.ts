import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { fixture, type HostProcess, runHost, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const Line = z.object({ level: z.string(), category: z.string(), message: z.string() });

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("hooks-app");
});

afterAll(async () => {
  await host.stop();
});

function linesOf(log: string): z.infer<typeof Line>[] {
  const lines = log.split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => Line.parse(JSON.parse(line)));
}

async function call(name: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${host.url}/api/${name}`);
  return { status: response.status, text: await response.text() };
}

describe("hooks of an invocation", () => {
  test("run in their order, share their data, and may replace the result", async () => {
    expect(await call("ordered")).toEqual({
      status: 200,
      text: '["pre of ordered","second pre"]',
    });
  });

  test("may replace the inputs and the function", async () => {
    expect(await call("replaced")).toEqual({ status: 202, text: "another input" });
  });

  test("may turn a failure into a result", async () => {
    expect(await call("rescued")).toEqual({ status: 200, text: "rescued from the function" });
  });

  test.each([
    ["preFails", "the hook before"],
    ["postFails", "the hook after"],
  ])("that throw fail it: %s", async (name, message) => {
    expect(await call(name)).toEqual({ status: 500, text: "" });
    await until("it is in the log", () => host.log().includes(message));
  });
});

describe("logs", () => {
  test("of a function have their levels, and pass through the hooks", async () => {
    await call("logs");
    await until("all are written", () => host.log().includes("FAIL and go on"));

    const own = linesOf(host.log()).filter(({ category }) => category === "Function.logs.User");
    expect(own.map(({ level, message }) => [level, message])).toEqual([
      // Of trace, host.json asks for nothing.
      ["debug", "debugged [logs]"],
      ["information", "a *** [logs]"],
      ["information", "informed [logs]"],
      ["warning", "warned [logs]"],
      ["error", "went wrong { code: 7 } [logs]"],
      ["error", "louder [logs]"],
      // Whatever a hook does, the line is written.
      ["information", "FAIL and go on"],
    ]);
  });

  test("take what the app prints, line by line, with the runtime's levels", async () => {
    await call("logs");
    await until("all is written", () => host.log().includes("printed: a remark"));

    const printed = linesOf(host.log())
      .filter(({ category }) => category === "Host.Function.Console")
      .map(({ level, message }) => [level, message]);
    expect(printed).toEqual(
      expect.arrayContaining([
        ["information", "the app is loaded"],
        ["information", "in two lines"],
        ["information", "printed plainly"],
        ["error", "printed: an error"],
        ["warning", "printed: a warning"],
        ["information", "printed: a remark"],
      ]),
    );
  });
});

describe("hooks of the app", () => {
  test("run at its end, and one that fails keeps neither the next nor the host from ending", async () => {
    const own = await startHost("hooks-app", ["--memory"], { FAIL_AT: "appTerminate" });

    expect(await own.stop()).toBe(0);
    expect(own.log()).toContain("ended with what is of start and end");
    expect(own.log()).toContain("An appTerminate hook failed: Error: no way to end");
    expect(own.log()).toContain("the second hook of the end");
  });

  test("that fail at its start keep the host from starting", async () => {
    const args = ["start", "--root", fixture("hooks-app"), "--port", "0", "--memory"];

    const { code, stderr } = await runHost(args, { FAIL_AT: "appStart" });

    expect(code).toBe(1);
    expect(stderr).toContain("no way to start");
  });
});
