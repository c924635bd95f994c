import { writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { loadEntryFile } from "../../../infra/local/functions-host/app/entry-files.ts";
import { runHost, startHost } from "./support/host-process.ts";
import { HOST_JSON, temporaryApp } from "./support/temporary-app.ts";
import { until } from "./support/until.ts";

const PACKAGE = '{ "name": "app", "main": "main.js" }';
const LIBRARY = 'const { app } = require("@azure/functions");\n';

type AtEnd = Parameters<typeof temporaryApp>[1];

async function appOf(code: string, atEnd: AtEnd): Promise<string> {
  const files = { "host.json": HOST_JSON, "package.json": PACKAGE, "main.js": LIBRARY + code };
  return temporaryApp(files, atEnd);
}

describe.concurrent("an app has its host's process", () => {
  test("and leaves the standard output to the ready document", async ({ onTestFinished }) => {
    const code = `
      process.stdout.write("written by hand\\n");
      app.get("x", { handler: () => ({ body: String(process.stdout.write("from a function")) }) });`;
    const root = await appOf(code, onTestFinished);

    const host = await startHost(root);
    const answer = await (await fetch(`${host.url}/api/x`)).text();
    await host.stop();

    expect(answer).toBe("true");
    const line = { level: "information", category: "Host.Function.Console" };
    const written = host
      .log()
      .split("\n")
      .filter((text) => text.includes(line.category))
      .map((text): unknown => JSON.parse(text));
    expect(written).toMatchObject([
      { ...line, message: "written by hand" },
      { ...line, message: "from a function" },
    ]);
  });

  test.for<readonly [string, string, number]>([
    ["a timer", "setInterval(() => {}, 1000);", 2],
    ["a server of its own", "app.setup({ enableHttpStream: true });", 2],
    ["a timer, and then throws", "setInterval(() => {}, 1000); throw new Error('broken');", 1],
  ])("which ends if it is refused although it has %s", async ([, code, exitCode], context) => {
    const bad =
      'app.generic("bad", { trigger: { type: "wishTrigger", name: "t" }, handler() {} });';
    const root = await appOf(`${code}\n${bad}`, context.onTestFinished);

    const refused = await runHost(["start", "--root", root, "--port", "0", "--memory"]);

    expect(refused).toMatchObject({ code: exitCode, stdout: "" });
  });

  test("and ends it, which is told with the place", async ({ onTestFinished }) => {
    const root = await appOf('app.get("x", { handler: () => process.exit(3) });', onTestFinished);
    const host = await startHost(root);

    await expect(fetch(`${host.url}/api/x`)).rejects.toThrow("fetch failed");
    await host.ended();

    expect(await host.stop()).toBe(3);
    expect(host.log()).toContain("The app ended this host with process.exit(3)");
    expect(host.log()).toContain(path.join(root, "main.js"));
  });

  test.for<readonly [string, string]>([
    ["a promise that it forgot", 'void Promise.reject(new Error("let go"))'],
    ["a callback", 'setImmediate(() => { throw new Error("let go"); })'],
    ["a text", 'setImmediate(() => { throw "let go"; })'],
  ])("which ends with 1 by an error in %s", async ([, code], { onTestFinished }) => {
    const root = await appOf(`app.get("x", { handler: () => { ${code}; } });`, onTestFinished);
    const host = await startHost(root);

    await fetch(`${host.url}/api/x`).catch(() => undefined);
    await host.ended();

    expect(await host.stop()).toBe(1);
    const last: unknown = JSON.parse(host.log().trimEnd().split("\n").at(-1) ?? "");
    expect(last).toMatchObject({
      level: "critical",
      message: expect.stringMatching(
        /^Worker uncaught exception, which ends this host: .*let go/,
      ) as unknown,
    });
  });
});

describe("a file of an app that takes long to load", () => {
  test("is named while it does, and loaded all the same", async ({ onTestFinished }) => {
    const root = await temporaryApp({}, onTestFinished);
    const file = path.join(root, "main.mjs");
    const said: string[] = [];
    const gate = Promise.withResolvers<void>();
    Object.assign(globalThis, { gateOfTheTest: gate.promise });
    await writeFile(file, "await globalThis.gateOfTheTest;");

    const loading = loadEntryFile(file, { write: (...line) => void said.push(line.join(" ")) }, 1);
    await until("it is told", () => said.length > 0);
    gate.resolve();
    await loading;

    expect(said).toEqual([
      `warning Worker The app's file ${file} is still loading: something that it awaits has not ended.`,
    ]);
  });
});
