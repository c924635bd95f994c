import { cp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";

import { describe, expect, test } from "vitest";

import {
  fixture,
  removeDirectory,
  runHost,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";

async function ownDirectory(atEnd: (cleanup: () => Promise<void>) => void): Promise<string> {
  const directory = await temporaryDirectory();
  atEnd(() => removeDirectory(directory));
  return directory;
}

/** A copy of the settings alone: enough to be refused before the app is loaded. */
async function copyTo(
  directory: string,
  app: string,
  changes: Record<string, string>,
): Promise<string> {
  for (const file of ["host.json", "package.json"]) {
    await cp(path.join(fixture(app), file), path.join(directory, file));
  }
  for (const [file, text] of Object.entries(changes)) {
    await writeFile(path.join(directory, file), text);
  }
  return directory;
}

async function refusal(args: readonly string[], env?: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runHost(
    ["start", "--port", "0", "--memory", ...args],
    env,
  );

  expect({ code, stdout, stderr }).toMatchObject({ code: 2, stdout: "" });
  return stderr;
}

describe.concurrent("wrong use exits with 2 and says what to do", () => {
  test("a directory that is missing", async () => {
    expect(await refusal(["--root", "/nowhere/at/all"])).toContain("Choose the app with --root");
  });

  test("a directory without a Functions app", async ({ onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    expect(await refusal(["--root", directory])).toContain("it has no host.json");
  });

  test("a root that is a file", async () => {
    const file = path.join(fixture("esm-app"), "host.json");

    expect(await refusal(["--root", file])).toContain("Choose the app with --root");
  });

  test("a directory without a package.json", async ({ onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    await writeFile(path.join(directory, "host.json"), '{ "version": "2.0" }');

    expect(await refusal(["--root", directory])).toContain(
      "is not a Functions app for Node: it has no package.json",
    );
  });

  test("an app without its entry file", async ({ onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    const root = await copyTo(directory, "esm-app", {});

    expect(await refusal(["--root", root])).toMatch(
      /No file matches "main" .* Build the app first/,
    );
  });

  test("a host.json that is broken, with line and column", async ({ onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    const root = await copyTo(directory, "esm-app", { "host.json": '{\n  "version": "2.0",,\n}' });

    expect(await refusal(["--root", root])).toContain("host.json, line 2, column 20");
  });

  test.for<readonly [string, string, string]>([
    ["host.json", '{ "version": "2.0", "functionTimeout": "5 minutes" }', "at functionTimeout"],
    [
      "host.json",
      '{ "version": "2.0", "extensions": { "http": { "routePrefix": 5 } } }',
      "at extensions.http.routePrefix",
    ],
    ["package.json", '{ "main": ["a.js"] }', "at main"],
    ["local.settings.json", '{ "Values": {\n "A": } }', "local.settings.json, line 2, column 7"],
    ["local.settings.json", '{ "Values": { "A": { "B": 1 } } }', "at Values.A"],
    ["local.settings.json", '{ "IsEncrypted": true }', "run 'func settings decrypt'"],
  ])("a %s that is wrong: %s", async ([file, text, message], { onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    const root = await copyTo(directory, "esm-app", { [file]: text });

    const stderr = await refusal(["--root", root]);

    expect(stderr).toContain(path.join(root, file));
    expect(stderr).toContain(message);
  });

  test("a data directory that another host has, and one that nobody can write", async ({
    onTestFinished,
  }) => {
    const directory = await ownDirectory(onTestFinished);
    const other = await startHost("http-app", ["--data", directory]);
    const args = ["start", "--root", fixture("http-app"), "--port", "0", "--data"];

    const inUse = await runHost([...args, directory]);
    const unusable = await runHost([...args, path.join(directory, "lock", "below-a-file")]);
    await other.stop();

    expect([inUse.code, unusable.code]).toEqual([2, 2]);
    expect(inUse.stderr).toMatch(/is in use by process \d+\. Stop that process, or choose/);
    expect(unusable.stderr).toContain("cannot be used");
  });

  test("a binding that the host does not know, with its function", async () => {
    const stderr = await refusal(["--root", fixture("esm-app")], { WITH_UNKNOWN_BINDING: "1" });

    expect(stderr).toContain("function 'onMessage': serviceBusTrigger");
  });

  test("a connection that is not set, with its function", async () => {
    const stderr = await refusal(["--root", fixture("esm-app")], { WITH_QUEUES: "1" });

    expect(stderr).toMatch(/Function 'work' needs the connection 'Storage': set Storage to/);
  });

  test("a port that is taken", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? String(address.port) : "";
    const stderr = await refusal(["--root", fixture("esm-app"), "--port", port]);
    server.close();

    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is in use. Choose another with --port.`);
  });

  test("keys that are too short, and keys that are missing", async ({ onTestFinished }) => {
    const directory = await ownDirectory(onTestFinished);
    const file = path.join(directory, "keys.json");
    const root = ["--root", fixture("esm-app")];
    await writeFile(file, '{"master":"1","function":"2","system":"3"}');

    expect(await refusal([...root, "--keys", file])).toContain("a key has at least 8 characters");
    expect(await refusal([...root, "--keys", "/no/such/file"])).toContain("cannot be read");
  });

  test.each([
    [["--colour"], "unknown option '--colour'"],
    [["--port", "x"], "'x' is not a port"],
    [["--crash-at", "sometimes"], "'sometimes' is not a crash point"],
    [["--data", "/tmp/x"], "cannot be used with option"],
  ])("%s", async (args, message) => {
    expect(await refusal(args)).toContain(message);
  });

  test("no command at all shows the help", async () => {
    const { code, stderr } = await runHost([]);

    expect(code).toBe(2);
    expect(stderr).toContain("start [options]");
  });
});
