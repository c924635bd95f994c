import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";

import { startAzurite } from "./support/azurite.ts";
import { type HostProcess, startHost } from "./support/host-process.ts";
import { HOST_JSON, temporaryApp } from "./support/temporary-app.ts";
import { until } from "./support/until.ts";

const CODE = `
const { app } = require("@azure/functions");
const durable = require("durable-functions");
const handler = () => ({ body: "done" });
app.get("works", { handler });
app.get("fails", { handler() { throw new Error("the inside"); } });
app.timer("stubborn", {
  schedule: "0 0 0 1 1 *",
  runOnStartup: true,
  retry: { strategy: "fixedDelay", delayInterval: { seconds: 0 }, maxRetryCount: 1 },
  handler(timer, context) {
    if (context.retryContext.retryCount < 1) throw new Error("the first try");
  },
});
app.storageQueue("taken", { queueName: "work", connection: "Storage", handler });
app.storageBlob("found", { path: "files/{name}", connection: "Storage", handler });
app.eventGrid("noticed", { handler });
durable.app.activity("step", { handler: () => "stepped" });
durable.app.orchestration("steps", function* (context) {
  return yield context.df.callActivity("step");
});`;

const Line = z.object({
  level: z.string(),
  category: z.string(),
  message: z.string(),
  invocationId: z.string().optional(),
});

const stops: (() => Promise<unknown>)[] = [];
let host: HostProcess;

beforeAll(async () => {
  const azurite = await startAzurite();
  stops.push(() => azurite.stop());
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  await queues.createQueue("work");
  await queues.getQueueClient("work").sendMessage(Buffer.from("now").toString("base64"));
  await blobs.createContainer("files");
  await blobs.getContainerClient("files").uploadBlockBlob("a.txt", "a", 1);
  const files = { "host.json": HOST_JSON, "package.json": '{"main":"m.js"}', "m.js": CODE };
  const root = await temporaryApp(files, (cleanup) => stops.push(cleanup));
  host = await startHost(root, ["--memory"], {
    AzureWebJobsStorage: azurite.connectionString,
    Storage: azurite.connectionString,
  });
  stops.push(() => host.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

/** What was told of a function's invocations, once the last one has ended. */
async function linesOf(name: string, last: string): Promise<z.infer<typeof Line>[]> {
  return until(`${name} has ended`, () => {
    const lines = host.log().split("\n").slice(0, -1);
    const own = lines
      .map((line) => Line.parse(JSON.parse(line)))
      .filter(({ category }) => category === `Function.${name}`);
    return own.some(({ message }) => message.includes(last)) && own;
  });
}

const ID = "[0-9a-f-]{36}";

test("an invocation is told at its beginning and its end, under one id", async () => {
  await fetch(`${host.url}/api/works`);

  const [begun, ended, ...others] = await linesOf("works", "Executed");

  const id = begun?.invocationId ?? "";
  expect(begun).toMatchObject({
    level: "information",
    message: `Executing 'Functions.works' (Reason='This function was programmatically called via the host APIs.', Id=${id})`,
  });
  expect(ended).toMatchObject({ level: "information", invocationId: id });
  expect(ended?.message).toMatch(
    new RegExp(`^Executed 'Functions.works' \\(Succeeded, Id=${ID}, Duration=\\d+ms\\)$`),
  );
  expect(others).toEqual([]);
});

test("one that fails is told as an error, with what it threw", async () => {
  await fetch(`${host.url}/api/fails`);

  const lines = await linesOf("fails", "the inside");

  expect(lines.map(({ level }) => level)).toEqual(["information", "error", "error"]);
  expect(lines[1]?.message).toMatch(
    new RegExp(`^Executed 'Functions.fails' \\(Failed, Id=${ID}, Duration=\\d+ms\\)$`),
  );
  expect(lines[2]?.message).toContain("Failed: Error: the inside\n");
});

test("each try of one that is tried again is told, with what it threw", async () => {
  const lines = await linesOf("stubborn", "Succeeded");

  expect(lines.map(({ message }) => message.replaceAll(new RegExp(ID, "g"), "*"))).toEqual([
    expect.stringMatching(
      /^Executing 'Functions.stubborn' \(Reason='Timer fired at \d{4}-\d\d-\d\dT.*\+00:00', Id=\*\)$/,
    ),
    expect.stringMatching(/^Executed 'Functions.stubborn' \(Failed, Id=\*/),
    expect.stringMatching(/^Failed, and is tried again: Error: the first try\n/),
    expect.stringMatching(/^Executing 'Functions.stubborn'/),
    expect.stringMatching(/^Executed 'Functions.stubborn' \(Succeeded, Id=\*/),
  ]);
});

test.for<readonly [string, string]>([
  ["taken", "New queue message detected on 'work'."],
  ["found", "New blob detected(LogsAndContainerScan): files/a.txt"],
])("that of a trigger says why: %s", async ([name, reason]) => {
  const [begun] = await linesOf(name, "Executed");

  expect(begun?.message).toContain(`(Reason='${reason}', Id=`);
});

test("that of an event says when", async () => {
  const event = { id: "1", subject: "s", eventType: "t", eventTime: "2030-01-01T00:00:00Z" };
  const url = `${host.url}/runtime/webhooks/EventGrid?functionName=noticed`;
  const headers = { "aeg-event-type": "Notification" };

  await fetch(url, { method: "POST", headers, body: JSON.stringify([event]) });
  const [begun] = await linesOf("noticed", "Executed");

  expect(begun?.message).toMatch(/Reason='EventGrid trigger fired at \d{4}-\d\d-\d\dT[\d:.]+Z'/);
});

test("the steps of an orchestration are not told", async () => {
  const base = `${host.url}/runtime/webhooks/durabletask`;

  const started = await fetch(
    `${base}/orchestrators/steps/one?timeout=15&code=${host.keys?.system ?? ""}`,
    { method: "POST", body: "null" },
  );
  await until("it has ended", async () => (await fetch(`${base}/instances/one`)).status === 200);

  expect(started.status).toBe(202);
  expect(host.log()).not.toMatch(/Functions\.steps?'/);
});
