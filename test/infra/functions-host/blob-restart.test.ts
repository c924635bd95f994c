import path from "node:path";

import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Azurite, startAzurite } from "./support/azurite.ts";
import { readExecutions } from "./support/executions.ts";
import {
  type HostProcess,
  removeDirectory,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";
import { until } from "./support/until.ts";

/** What a killed host was working on comes back when its lease has ended, which takes up to 30 seconds. */
const LEASE_DEADLINE_MS = 50_000;

const stops: (() => Promise<unknown>)[] = [];
let azurite: Azurite;
let blobs: BlobServiceClient;
let queues: QueueServiceClient;
let executions: string;
let data: string;

beforeAll(async () => {
  const directory = await temporaryDirectory();
  stops.push(() => removeDirectory(directory));
  executions = path.join(directory, "executions");
  data = path.join(directory, "data");
  azurite = await startAzurite();
  stops.push(() => azurite.stop());
  blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function start(env: Record<string, string> = {}): Promise<HostProcess> {
  const host = await startHost("blob-app", ["--data", data], {
    EXECUTIONS_FILE: executions,
    AzureWebJobsStorage: azurite.connectionString,
    Storage: azurite.connectionString,
    IN: "inbox",
    PREFIX: "sent",
    ...env,
  });
  stops.push(() => host.kill());
  return host;
}

async function put(container: string, name: string): Promise<void> {
  const client = blobs.getContainerClient(container);
  await client.createIfNotExists();
  await client.getBlockBlobClient(name).upload(name, name.length);
}

async function runsOf(key: string): Promise<unknown[]> {
  const all = await readExecutions(executions);
  return all.flatMap((note) => (key in note ? [note[key]] : []));
}

const KILLS = 3;

describe("a host that is killed again and again", () => {
  test("loses no blob and no message, and runs again only on what it was at work on", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `blob-${index}`);
    await queues.getQueueClient("tasks").createIfNotExists();
    await queues.getQueueClient("tasks").sendMessage("a task");
    await put("slow", "snail");
    await put("inbox", "before.txt");

    const first = await start({ HANG: "1" });
    // A message whose delivery was lost on the way is seen again when its lease is over.
    await until(
      "all three are at work or done",
      async () => {
        const counts = [await runsOf("slow"), await runsOf("copy"), await runsOf("task")];
        return counts.every((runs) => runs.length > 0);
      },
      LEASE_DEADLINE_MS,
    );
    const copy = blobs.getContainerClient("outbox").getBlobClient("txt/before-copy");
    await until("the copy is done", () => copy.exists());
    await first.kill();
    await Promise.all(names.map((name) => put("many", name)));
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const host = await start();
      await until("some have run", async () => (await runsOf("many")).length >= kill * 8);
      await host.kill();
    }
    const last = await start();
    await until(
      "what was at work has run again",
      async () =>
        (await runsOf("slow")).length > 1 &&
        (await runsOf("task")).length > 1 &&
        new Set(await runsOf("many")).size >= names.length,
      LEASE_DEADLINE_MS,
    );
    await until("nothing is left to do", isIdle, LEASE_DEADLINE_MS);
    await put("inbox", "after.txt");
    await until("the last was seen", async () => (await runsOf("copy")).includes("after.txt"));
    await last.stop();

    expect(await runsOf("copy")).toEqual(["before.txt", "after.txt"]);
    expect(await runsOf("slow")).toEqual(["snail", "snail"]);
    expect(await runsOf("task")).toEqual(["a task", "a task"]);
    const runs = await runsOf("many");
    expect(new Set(runs)).toEqual(new Set(names));
    // host.json lets it work on two at once.
    expect(runs.length - names.length).toBeLessThanOrEqual(KILLS * 2);
  }, 120_000);
});

async function isIdle(): Promise<boolean> {
  for await (const { name } of queues.listQueues({ prefix: "azure-webjobs-blobtrigger-" })) {
    const { approximateMessagesCount } = await queues.getQueueClient(name).getProperties();
    return approximateMessagesCount === 0;
  }
  return false;
}
