import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { readHostJson } from "../../../infra/local/functions-host/settings/host-json.ts";

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "durable-settings-"));
});

afterAll(() => {
  rmSync(root, { recursive: true });
});

function read(durableTask: object, env: NodeJS.ProcessEnv = {}) {
  const text = JSON.stringify({ version: "2.0", extensions: { durableTask } });
  writeFileSync(path.join(root, "host.json"), text);
  return readHostJson(root, env).extensions.durableTask;
}

test("without settings the extension's defaults hold", () => {
  expect(read({})).toMatchObject({
    hubName: "TestHubName",
    overridableExistingInstanceStates: "NonRunningStates",
    versionMatchStrategy: "CurrentOrOlder",
    versionFailureStrategy: "Reject",
    storeInputsInOrchestrationHistory: false,
    maxEntityOperationBatchSize: 50,
  });
  expect(read({}).defaultVersion).toBeUndefined();
});

test("words are read without case, as .NET does", () => {
  const words = {
    overridableExistingInstanceStates: "ANYSTATE",
    versionMatchStrategy: "strict",
    versionFailureStrategy: "fail",
  };

  expect(read(words)).toMatchObject({
    overridableExistingInstanceStates: "AnyState",
    versionMatchStrategy: "Strict",
    versionFailureStrategy: "Fail",
  });
});

test.each([
  [
    "overridableExistingInstanceStates",
    "SomeStates",
    /'SomeStates' is none of NonRunning.*AnyState/,
  ],
  ["versionMatchStrategy", "Newer", /'Newer' is none of CurrentOrOlder, Strict, None/],
  ["versionFailureStrategy", "Ignore", /'Ignore' is none of Reject, Fail/],
])("%s may not be %s", (name, word, message) => {
  expect(() => read({ [name]: word })).toThrow(message);
});

test.each(["ab", "1Hub", "my-hub", "my_hub", "x".repeat(46), "hübsch"])(
  "a task hub may not be called %s",
  (hubName) => {
    expect(() => read({ hubName })).toThrow(
      `the hubName '${hubName}' must have 3 to 45 letters and digits and begin with a letter`,
    );
  },
);

test("a task hub may have its name from a setting", () => {
  expect(read({ hubName: "%HUB%" }, { HUB: "Hub1" }).hubName).toBe("Hub1");
  expect(() => read({ hubName: "%HUB%" })).toThrow(/needs the setting 'HUB'/);
});
