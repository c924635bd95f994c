import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { findEntryFiles } from "../../../infra/local/functions-host/app/entry-files.ts";
import { startHost } from "./support/host-process.ts";
import { HOST_JSON, temporaryApp } from "./support/temporary-app.ts";

describe.concurrent("the files that package.json names", () => {
  const FUNCTIONS = ["src/functions/a.js", "src/functions/b.js"];

  test.for<readonly [string, readonly string[]]>([
    ["src/index.js", ["src/index.js"]],
    ["./src/index.js", ["src/index.js"]],
    ["src/functions/*.js", FUNCTIONS],
    // As the templates of Azure have it: what is first prepares the rest.
    ["src/{index.js,functions/*.js}", ["src/index.js", ...FUNCTIONS]],
    ["src/{functions/*.js,index.js}", ["src/index.js", ...FUNCTIONS]],
    ["src/{setup.mjs,index.js}", ["src/setup.mjs", "src/index.js"]],
    ["src/{functions/{b,a},index}.js", ["src/functions/b.js", "src/index.js", FUNCTIONS[0] ?? ""]],
    ["src/{index,*}.{js,mjs}", ["src/index.js", "src/setup.mjs"]],
    ["src/**/*.js", [...FUNCTIONS, "src/index.js"]],
  ])("%s", async ([main, expected], { onTestFinished }) => {
    const files = { "src/index.js": "", "src/setup.mjs": "" };
    const functions = Object.fromEntries(FUNCTIONS.map((name) => [name, ""]));
    const root = await temporaryApp({ ...files, ...functions }, onTestFinished);
    await writeFile(path.join(root, "package.json"), JSON.stringify({ main }));
    await mkdir(path.join(root, "src/no-file.js"));

    const found = findEntryFiles(root);

    expect(found.map((file) => path.relative(root, file))).toEqual(expected);
  });

  test("are loaded in that order", async ({ onTestFinished }) => {
    const root = await temporaryApp(
      {
        "host.json": HOST_JSON,
        "package.json": '{ "main": "{index.js,functions/*.js}" }',
        "index.js": "globalThis.prepared = 'prepared';",
        "functions/one.js": `
          const { prepared } = globalThis;
          require("@azure/functions").app.get("one", { handler: () => ({ body: prepared }) });`,
      },
      onTestFinished,
    );
    const host = await startHost(root);

    const text = await (await fetch(`${host.url}/api/one`)).text();
    await host.stop();

    expect(text).toBe("prepared");
  });
});

describe("a library that tells no capabilities, as the first ones of model v4", () => {
  test("is as good as one that tells none", async ({ onTestFinished }) => {
    const code = `
      const core = require("@azure/functions-core");
      core.setProgrammingModel({
        name: "old",
        getInvocationModel: () => ({
          getArguments: async () => ({ context: {}, inputs: [] }),
          invokeFunction: async (context, inputs, callback) => callback(),
          getResponse: async (context, result) => ({
            returnValue: { http: { statusCode: "200", body: { string: result } } },
          }),
        }),
      });
      const trigger = { type: "httpTrigger", direction: "in", authLevel: "anonymous" };
      core.registerFunction(
        { name: "old", functionId: "old", bindings: { trigger } }, () => "well");`;
    const files = { "host.json": HOST_JSON, "package.json": '{"main":"m.js"}', "m.js": code };
    const host = await startHost(await temporaryApp(files, onTestFinished));

    const text = await (await fetch(`${host.url}/api/old`)).text();
    await host.stop();

    expect(text).toBe("well");
  });
});
