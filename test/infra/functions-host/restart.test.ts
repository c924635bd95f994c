import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import {
  fixture,
  type HostProcess,
  removeDirectory,
  runHost,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";
import { createManagementClient, type ManagementClient } from "./support/management-client.ts";
import { until } from "./support/until.ts";

const Keys = z.object({ master: z.string(), function: z.string(), system: z.string() });

interface Lab {
  readonly directory: string;
  readonly start: (...args: string[]) => Promise<HostProcess>;
  /** What the activity `note` was run with, in order, over all processes. */
  readonly executions: () => Promise<string[]>;
}

/** A data directory of its own, whatever happens to the hosts that use it. */
async function createLab(atEnd: (cleanup: () => Promise<void>) => void): Promise<Lab> {
  const directory = await temporaryDirectory();
  const hosts: HostProcess[] = [];
  atEnd(async () => {
    for (const host of hosts) await host.kill();
    await removeDirectory(directory);
  });
  const file = path.join(directory, "executions");
  return {
    directory,
    async start(...args) {
      const data = path.join(directory, "data");
      const env = { EXECUTIONS_FILE: file };
      const host = await startHost("commonjs-app", ["--data", data, ...args], env);
      hosts.push(host);
      return host;
    },
    async executions() {
      const text = await readFile(file, "utf8").catch(() => "");
      return text.split("\n").slice(0, -1);
    },
  };
}

async function clientOf(host: HostProcess): Promise<ManagementClient> {
  const keys = Keys.parse(JSON.parse(await readFile(host.keysFile ?? "", "utf8")));
  return createManagementClient(host.url, keys.system);
}

async function completionsOf(client: ManagementClient, id: string): Promise<number> {
  const { historyEvents = [] } = await client.status(id, "showHistory=true");
  return historyEvents.filter(({ EventType }) => EventType === "TaskCompleted").length;
}

describe.concurrent("a host that is killed", () => {
  test("in the middle of 30 activities completes exactly 30", async ({ onTestFinished }) => {
    const { start, executions } = await createLab(onTestFinished);
    const first = await start();
    const before = await clientOf(first);
    const id = await before.start("manyNotes", 30, "loop");
    await until("some have run", async () => (await executions()).length >= 10);
    await first.kill();

    const second = await start();
    const client = await clientOf(second);
    const status = await client.ended(id);

    expect(status).toMatchObject({ runtimeStatus: "Completed", output: "done" });
    expect(await completionsOf(client, id)).toBe(30);
    expect(new Set(await executions()).size).toBe(30);
    // Only the one that was running may have run again.
    expect((await executions()).length).toBeLessThanOrEqual(31);
  });

  test("before a commit runs that activity again", async ({ onTestFinished }) => {
    const { start, executions } = await createLab(onTestFinished);
    const first = await start("--crash-at", "before-commit:note:3");
    const id = await (await clientOf(first)).start("manyNotes", 5, "before");
    expect(await first.ended()).toBe("SIGKILL");

    const client = await clientOf(await start());
    await client.ended(id);

    expect(await executions()).toEqual([
      "note 0",
      "note 1",
      "note 2",
      "note 2",
      "note 3",
      "note 4",
    ]);
    expect(await completionsOf(client, id)).toBe(5);
  });

  test("after a commit does not run that activity again", async ({ onTestFinished }) => {
    const { start, executions } = await createLab(onTestFinished);
    const first = await start("--crash-at", "after-commit:note:3");
    const id = await (await clientOf(first)).start("manyNotes", 5, "after");
    expect(await first.ended()).toBe("SIGKILL");

    const client = await clientOf(await start());
    await client.ended(id);

    expect(await executions()).toEqual(["note 0", "note 1", "note 2", "note 3", "note 4"]);
  });

  test("before it commits an orchestration's step begins nothing twice", async ({
    onTestFinished,
  }) => {
    const { start, executions } = await createLab(onTestFinished);
    const first = await start("--crash-at", "before-commit:orchestration:manyNotes:2");
    const id = await (await clientOf(first)).start("manyNotes", 2, "step");
    expect(await first.ended()).toBe("SIGKILL");

    const client = await clientOf(await start());
    await client.ended(id);

    expect(await executions()).toEqual(["note 0", "note 1"]);
  });

  test("goes on waiting for a timer, and fires one that came due meanwhile", async ({
    onTestFinished,
  }) => {
    const { start, executions } = await createLab(onTestFinished);
    const first = await start();
    const before = await clientOf(first);
    await before.start("sleeper", 300, "short");
    await before.start("sleeper", 1500, "long");
    await before.statusWhen("long", ({ runtimeStatus }) => runtimeStatus === "Running");
    await before.statusWhen("short", ({ runtimeStatus }) => runtimeStatus === "Running");
    await first.kill();

    const client = await clientOf(await start());

    expect(await client.ended("short")).toMatchObject({ output: "awake" });
    expect(await client.ended("long")).toMatchObject({ output: "awake" });
    expect(await executions()).toEqual(["awake", "awake"]);
  });

  test("keeps events, entities and suspended instances", async ({ onTestFinished }) => {
    const { start } = await createLab(onTestFinished);
    const first = await start();
    const before = await clientOf(first);
    await before.start("collect", null, "events");
    await before.raise("events", "item", 1);
    await before.run("counts", { key: "kept", times: 3 });
    await before.start("waiting", null, "paused");
    await before.statusWhen("paused", ({ customStatus }) => customStatus === "waiting");
    await before.call("POST", "instances/paused/suspend?reason=x");
    await before.statusWhen("paused", ({ runtimeStatus }) => runtimeStatus === "Suspended");
    await first.kill();

    const client = await clientOf(await start());
    await client.raise("events", "item", 2);
    const entity = await client.call("GET", "entities/counter/kept");

    expect(await client.ended("events")).toMatchObject({ output: [1, 2] });
    expect(await entity.json()).toBe(3);
    expect(await client.status("paused")).toMatchObject({ runtimeStatus: "Suspended" });
  });
});

describe.concurrent("a host that is stopped", () => {
  test("lets a running activity end, and goes on after it at the next start", async ({
    onTestFinished,
  }) => {
    const { start } = await createLab(onTestFinished);
    const first = await start();
    const id = await (await clientOf(first)).start("napper", 400, "nap");
    await (
      await clientOf(first)
    ).statusWhen(id, ({ runtimeStatus }) => runtimeStatus === "Running");
    expect(await first.stop()).toBe(0);

    const client = await clientOf(await start());

    expect(await client.ended(id)).toMatchObject({ output: 400 });
  });
});

describe.concurrent("the data directory", () => {
  test("belongs to one host at a time", async ({ onTestFinished }) => {
    const { directory, start } = await createLab(onTestFinished);
    await start();
    const data = path.join(directory, "data");
    const root = fixture("commonjs-app");
    const second = await runHost(["start", "--root", root, "--port", "0", "--data", data]);

    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(/is in use by process \d+\. .* --data/);
  });

  test("keeps the keys, for their owner only", async ({ onTestFinished }) => {
    const { start } = await createLab(onTestFinished);
    const first = await start();
    const file = first.keysFile ?? "";
    const keys = await readFile(file, "utf8");
    await first.stop();
    const second = await start();

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(second.keysFile ?? "", "utf8")).toBe(keys);
    expect(first.log() + second.log()).not.toContain(Keys.parse(JSON.parse(keys)).master);
  });

  test("may be left out, and keys may be given", async ({ onTestFinished }) => {
    const { directory } = await createLab(onTestFinished);
    const file = path.join(directory, "keys.json");
    const keys = { master: "master-key", function: "function-key", system: "system-key" };
    await writeFile(file, JSON.stringify(keys));
    const host = await startHost("commonjs-app", ["--memory", "--keys", file]);
    onTestFinished(() => host.kill());
    const client = createManagementClient(host.url, "system-key");

    expect(host.keysFile).toBe(file);
    expect(await client.run("greetTwo")).toMatchObject({ runtimeStatus: "Completed" });
  });
});
