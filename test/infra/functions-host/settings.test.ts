import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { readHostJson } from "../../../infra/local/functions-host/settings/host-json.ts";
import {
  applySettings,
  readLocalPort,
} from "../../../infra/local/functions-host/settings/local-settings.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "settings-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  writeFileSync(path.join(root, file), text);
}

describe("readHostJson", () => {
  test("fills in what the runtime assumes", () => {
    write("host.json", '\uFEFF{ "version": "2.0" }');

    expect(readHostJson(root, {}).extensions).toMatchObject({
      http: { routePrefix: "api" },
      durableTask: { hubName: "TestHubName", maxConcurrentActivityFunctions: 10 },
      queues: { batchSize: 16, maxDequeueCount: 5, visibilityTimeout: 0 },
    });
  });

  test("reads over comments, and finds an error behind them where it is", () => {
    write("host.json", '{ // "no\n /* one\n two */ "version": "2.0", "x": "http://a/*b*/" }');

    expect(readHostJson(root, {})).toMatchObject({ version: "2.0", x: "http://a/*b*/" });

    write("host.json", '{ // why\n /* one\n two */ "version": 2.0,, }');
    expect(() => readHostJson(root, {})).toThrow("line 3, column 24");
  });

  test.each([
    ["", 30 * 60_000],
    [', "functionTimeout": "00:05:00"', 5 * 60_000],
    [', "functionTimeout": "-1"', null],
  ])("with %s gives functions their time", (setting, expected) => {
    write("host.json", `{ "version": "2.0"${setting} }`);

    expect(readHostJson(root, {}).functionTimeout).toBe(expected);
  });

  test("takes the hub's name from a setting, and durations in milliseconds", () => {
    write(
      "host.json",
      `{ "version": "2.0", "extensions": {
        "durableTask": { "hubName": "%HUB%", "defaultVersion": "2.0" },
        "queues": { "visibilityTimeout": "00:00:30" } } }`,
    );

    expect(readHostJson(root, { HUB: "myHub" }).extensions).toMatchObject({
      durableTask: { hubName: "myHub", defaultVersion: "2.0" },
      queues: { visibilityTimeout: 30_000 },
    });
    expect(() => readHostJson(root, {})).toThrow(/needs the setting 'HUB', which is missing/);
    expect(() => readHostJson(root, { HUB: "my-hub" })).toThrow(/must have 3 to 45 letters/);
  });

  test.each([
    ['{\n  "version": "2.0",\n  "extensions": { "http": {} },,\n}', "line 3, column 32"],
    ['{ "version": tru }', "line 1, column 17"],
    ["{ version: 2 }", "line 1, column 3"],
    ['{ "version": "2.0"', "line 1, column 19"],
    ['{ "version": "2.0" } }', "line 1, column 22"],
    ["", "line 1, column 1"],
    ['{ "version": "1.0" }', 'must be "2.0"'],
    ["[]", "expected object"],
    [
      '{ "version": "2.0", "extensions": { "queues": { "visibilityTimeout": "5s" } } }',
      "'5s' is not a duration such as 00:00:30",
    ],
    [
      '{ "version": "2.0", "logging": { "logLevel": { "default": "Loud" } } }',
      "'Loud' is not a log",
    ],
    [
      '{ "version": "2.0", "extensions": { "durableTask": { "overridableExistingInstanceStates": "Some" } } }',
      "'Some' is none of NonRunningStates, AnyState",
    ],
  ])("refuses %s", (text, message) => {
    write("host.json", text);

    expect(() => readHostJson(root, {})).toThrow(message);
  });
});

describe("settings that stand for host.json", () => {
  test("go over it, whatever the case of what is there", () => {
    write("host.json", '{ "version": "2.0", "extensions": { "http": { "routePrefix": "v1" } } }');

    const { extensions, logging, functionTimeout } = readHostJson(root, {
      AzureFunctionsJobHost__Extensions__HTTP__routeprefix: "v2",
      AzureFunctionsJobHost__extensions__queues__batchSize: "4",
      AzureFunctionsJobHost__extensions__durableTask__storeInputsInOrchestrationHistory: "True",
      "AzureFunctionsJobHost:logging:logLevel:Function.one": "Debug",
      AzureFunctionsJobHost__functionTimeout: "-1",
      AzureFunctionsJobHost__: "nothing",
      Other__extensions__http__routePrefix: "v3",
    });

    expect(extensions).toMatchObject({
      http: { routePrefix: "v2" },
      queues: { batchSize: 4 },
      durableTask: { storeInputsInOrchestrationHistory: true },
    });
    expect(logging.logLevel).toEqual({ "Function.one": "debug" });
    expect(functionTimeout).toBeNull();
  });

  test("are refused if they are not right, and change nothing that all objects share", () => {
    write("host.json", '{ "version": "2.0" }');

    expect(() =>
      readHostJson(root, { AzureFunctionsJobHost__extensions__queues__batchSize: "many" }),
    ).toThrow("at extensions.queues.batchSize");
    readHostJson(root, { AzureFunctionsJobHost__constructor__prototype__polluted: "1" });
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("applySettings", () => {
  test("adds what the environment does not have already", () => {
    write("local.settings.json", '{ "Values": { "A": "file", "B": "file" } }');
    const env: NodeJS.ProcessEnv = { A: "environment" };

    applySettings(root, env);

    expect(env).toMatchObject({ A: "environment", B: "file", FUNCTIONS_WORKER_RUNTIME: "node" });
  });

  test("takes numbers and booleans for their text", () => {
    write("local.settings.json", '{ "Values": { "A": 1, "B": true } }');
    const env: NodeJS.ProcessEnv = {};

    applySettings(root, env);

    expect(env).toMatchObject({ A: "1", B: "true" });
  });

  test("needs no file", () => {
    expect(() => applySettings(root, {})).not.toThrow();
  });

  test.each([
    ['{ "Values": {\n "A": 1', "local.settings.json, line 2, column 8"],
    ['{ "IsEncrypted": true }', "encrypted settings cannot be read"],
  ])("refuses %s", (text, message) => {
    write("local.settings.json", text);

    expect(() => applySettings(root, {})).toThrow(message);
  });
});

describe("readLocalPort", () => {
  test.each([
    ['{ "Host": { "LocalHttpPort": 8080, "CORS": "*" } }', 8080],
    ['{ "Host": { "LocalHttpPort": "8080" } }', 8080],
    ['{ "Values": {} }', undefined],
  ])("finds in %s the port %s", (text, port) => {
    write("local.settings.json", text);

    expect(readLocalPort(root)).toBe(port);
  });

  test("finds none without the file, and refuses one that is none", () => {
    expect(readLocalPort(root)).toBeUndefined();

    write("local.settings.json", '{ "Host": { "LocalHttpPort": 70000 } }');
    expect(() => readLocalPort(root)).toThrow("at Host.LocalHttpPort");
  });
});
