import { describe, expect, test } from "vitest";

import { runHost } from "./support/host-process.ts";
import { HOST_JSON, temporaryApp } from "./support/temporary-app.ts";

const MAIN = "main.js";
const PACKAGE = '{ "name": "app", "main": "main.js" }';
const APP = 'const { app } = require("@azure/functions");\n';

async function refusal(
  root: string,
  env?: Record<string, string>,
): Promise<{ code: number | null; stderr: string }> {
  const { code, stderr, stdout } = await runHost(
    ["start", "--root", root, "--port", "0", "--memory"],
    env,
  );

  expect(stdout).toBe("");
  return { code, stderr };
}

describe.concurrent("an app that cannot be loaded", () => {
  test.for<readonly [string, string, string]>([
    ["registers nothing", "module.exports = {};", "registers no function"],
    [
      "has two functions of one name, but for its case",
      'app.http("One", { handler: () => ({}) }); app.http("one", { route: "x", handler: () => ({}) });',
      "Two functions are named 'One' and 'one'",
    ],
    [
      "has a function with two triggers",
      'app.generic("two", { trigger: { type: "queueTrigger", name: "a" }, extraInputs: [{ type: "timerTrigger", name: "b" }], handler: () => ({}) });',
      "Function 'two' must have one trigger, and has 2",
    ],
    [
      "has a function with a name that Azure refuses",
      'app.http("1st", { handler: () => ({}) });',
      "'1st' is not a valid function name",
    ],
    [
      "has a route that nobody can read",
      'app.http("bad", { route: "runs/{id:number}", handler: () => ({}) });',
      "Function 'bad', route 'api/runs/{id:number}': '{id:number}': 'number' is no constraint",
    ],
    [
      "has two functions for the same requests",
      'app.get("a", { route: "r/{x}", handler: () => ({}) }); app.get("b", { route: "R/{y}", handler: () => ({}) });',
      "both answer GET /api/",
    ],
  ])("because it %s exits with 2", async ([_what, code, message], { onTestFinished }) => {
    const files = { "host.json": HOST_JSON, "package.json": PACKAGE, [MAIN]: APP + code };
    const root = await temporaryApp(files, onTestFinished);

    const refused = await refusal(root);

    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(message);
  });

  test("because its route is the host's own exits with 2", async ({ onTestFinished }) => {
    const hostJson = '{ "version": "2.0", "extensions": { "http": { "routePrefix": "" } } }';
    const code = 'app.http("mine", { route: "Admin/x", handler: () => ({}) });';
    const files = { "host.json": hostJson, "package.json": PACKAGE, [MAIN]: APP + code };
    const root = await temporaryApp(files, onTestFinished);

    const refused = await refusal(root);

    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("the route 'Admin/x' is one of the host's own");
  });

  test("because all its functions are switched off exits with 2", async ({ onTestFinished }) => {
    const code = 'app.http("only", { handler: () => ({}) });';
    const files = { "host.json": HOST_JSON, "package.json": PACKAGE, [MAIN]: APP + code };
    const root = await temporaryApp(files, onTestFinished);

    const refused = await refusal(root, { "AzureWebJobs.only.Disabled": "1" });

    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain("or all are disabled");
  });

  test.for<readonly [string, string]>([
    ["with a main that matches nothing", PACKAGE],
    ["without a main", '{ "name": "app" }'],
  ])("of the model v3, %s, exits with 2 and says so", async ([_what, json], { onTestFinished }) => {
    const files = { "host.json": HOST_JSON, "package.json": json, "hello/function.json": "{}" };
    const root = await temporaryApp(files, onTestFinished);

    const refused = await refusal(root);

    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/hello\/function\.json: this app uses the programming model v3/);
  });

  test.for<readonly [string, string, string, string]>([
    ["throws", "main.js", '\nthrow new Error("out of order");', "Error: out of order\n    at "],
    ["is no JavaScript", "main.mjs", "const = 1;", "SyntaxError"],
    ["misses a module", "main.js", 'require("no-such-module");', "Cannot find module"],
    [
      "registers a function twice",
      "main.js",
      `${APP}for (const _ of [1, 2]) app.http("twice", { handler: () => ({}) });`,
      'A function with id "twice" has already been registered.',
    ],
    ["throws no error", "main.cjs", 'throw "words";', "words"],
  ])(
    "because its file %s exits with 1, its name and the stack",
    async ([_what, file, code, message], { onTestFinished }) => {
      const json = `{ "name": "app", "main": "src/*.{js,mjs,cjs}" }`;
      const files = { "host.json": HOST_JSON, "package.json": json, [`src/${file}`]: code };
      const root = await temporaryApp(files, onTestFinished);

      const refused = await refusal(root);

      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`The app's file ${root}/src/${file} cannot be loaded: `);
      expect(refused.stderr).toContain(message);
    },
  );
});
