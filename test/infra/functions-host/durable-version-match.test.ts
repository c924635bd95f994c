import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { createManagementClient } from "./support/management-client.ts";
import { temporaryApp } from "./support/temporary-app.ts";
import { until } from "./support/until.ts";

const MAIN = `
const df = require("durable-functions");
df.app.orchestration("version", function* (context) { return context.df.version; });
`;

function hostJson(defaultVersion: string, versionFailureStrategy: string): string {
  return JSON.stringify({
    version: "2.0",
    extensions: { durableTask: { defaultVersion, versionFailureStrategy } },
  });
}

async function app(failureStrategy: string): Promise<string> {
  const files = {
    "host.json": hostJson("1.0", failureStrategy),
    "package.json": '{ "main": "main.js" }',
    "main.js": MAIN,
  };
  return temporaryApp(files, onTestFinished);
}

async function start(root: string): Promise<HostProcess> {
  const host = await startHost(root, ["--data", path.join(root, "data")]);
  onTestFinished(() => void host.stop());
  return host;
}

async function startNewer(host: HostProcess): Promise<void> {
  const url = `${host.url}/runtime/webhooks/durabletask/orchestrators/version/newer?version=2.0`;
  expect((await fetch(url, { method: "POST" })).status).toBe(202);
}

test("an instance of a newer version waits for a worker that knows it, and is run by that", async () => {
  const root = await app("Reject");
  const older = await start(root);
  await startNewer(older);
  await until("the host says so", () =>
    older.log().includes("The messages for instance 'newer' wait for a worker of its version."),
  );
  const waiting = await createManagementClient(older.url, "").status("newer");
  await older.stop();
  const file = path.join(root, "host.json");
  writeFileSync(file, readFileSync(file, "utf8").replace("1.0", "2.0"));

  const newer = await start(root);
  const { runtimeStatus, output } = await createManagementClient(newer.url, "").ended("newer");

  expect(waiting.runtimeStatus).toBe("Pending");
  expect({ runtimeStatus, output }).toEqual({ runtimeStatus: "Completed", output: "2.0" });
});

test("an instance of a newer version fails at once if host.json says so", async () => {
  const host = await start(await app("Fail"));
  await startNewer(host);

  const { runtimeStatus, output } = await createManagementClient(host.url, "").ended("newer");

  expect(runtimeStatus).toBe("Failed");
  expect(output).toMatch(/^VersionMismatch/);
});
