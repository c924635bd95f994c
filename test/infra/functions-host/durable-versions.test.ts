import { describe, expect, test } from "vitest";

import {
  compareVersions,
  judgeVersion,
} from "../../../infra/local/functions-host/durable/version-match.ts";
import { useHost } from "./support/use-host.ts";

describe("two versions compare", () => {
  test.each([
    ["", "", 0],
    ["  ", "", 0],
    ["", "0.1", -1],
    ["0.1", "", 1],
    ["1.0", "1.0", 0],
    ["1.2", "1.10", -1],
    ["2.0", "1.9.9.9", 1],
    ["1.0", "1.0.0", -1],
    ["1.0.0", "1.0.0.0", -1],
    ["1.02", "1.2", 0],
    [" 1 . 2 ", "1.2", 0],
    // One number is no .NET version, and neither is a word or a number that does not fit: text.
    ["2", "10", 1],
    ["2", "10.0", 1],
    ["1.0-beta", "1.0", 1],
    ["1.0.0.0.1", "1.0.0.0.2", -1],
    ["1.2147483648", "1.3", -1],
    ["v1", "V1", 0],
    ["a", "B", -1],
  ])("%j and %j: %i", (a, b, expected) => {
    expect(compareVersions(a, b)).toBe(expected);
    expect(compareVersions(b, a)).toBe(0 - expected);
  });
});

describe("an instance and its worker", () => {
  test.each([
    ["CurrentOrOlder", "1.0", "1.0", true],
    ["CurrentOrOlder", "1.0", "2.0", true],
    ["CurrentOrOlder", "", "2.0", true],
    ["CurrentOrOlder", "2.0", "1.0", false],
    ["CurrentOrOlder", "2.0", undefined, false],
    ["CurrentOrOlder", "", undefined, true],
    ["Strict", "1.0", "1.0", true],
    ["Strict", "1.0", "1.0.0", false],
    ["Strict", "a", "A", false],
    ["Strict", "", undefined, true],
    ["Strict", "", "1.0", false],
    ["None", "9.9", "1.0", true],
    ["None", "9.9", undefined, true],
  ] as const)("%s: an instance of %j, a worker of %j: %s", (strategy, version, own, runs) => {
    const policy = { versionMatchStrategy: strategy, defaultVersion: own };

    const rejecting = judgeVersion(version, { ...policy, versionFailureStrategy: "Reject" });
    const failing = judgeVersion(version, { ...policy, versionFailureStrategy: "Fail" });

    expect(rejecting).toBe(runs ? "run" : "reject");
    expect(failing).toBe(runs ? "run" : "fail");
  });
});

describe("the version of an orchestration", () => {
  const { host, client } = useHost("commonjs-app");

  test("is what the app's client says; its children have today's unless it says otherwise", async () => {
    const options = { instanceId: "elder", version: "0.5", input: { own: "0.5", child: "0.3" } };
    await fetch(`${host.url}/api/client/startNew`, {
      method: "POST",
      body: JSON.stringify(["versions", options]),
    });

    const { output } = await client.ended("elder");

    expect(output).toEqual({ asked: "0.5", own: "0.5", children: ["1.0", "0.3"] });
  });
});
