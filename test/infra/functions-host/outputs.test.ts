import { BlobServiceClient } from "@azure/storage-blob";
import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startAzurite } from "./support/azurite.ts";
import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const stops: (() => Promise<unknown>)[] = [];
let host: HostProcess;
let blobs: BlobServiceClient;
let queues: QueueServiceClient;

beforeAll(async () => {
  const azurite = await startAzurite();
  stops.push(() => azurite.stop());
  blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  await blobs.getContainerClient("store").createIfNotExists();
  await blobs.getContainerClient("store").getBlockBlobClient("north/ada.txt").upload("stored", 6);
  for (const name of ["orders", "letters"]) await queues.getQueueClient(name).createIfNotExists();
  host = await startHost("blob-app", ["--memory"], {
    EXECUTIONS_FILE: "/dev/null",
    AzureWebJobsStorage: azurite.connectionString,
    Storage: azurite.connectionString,
    IN: "inbox",
    PREFIX: "sent",
  });
  stops.push(() => host.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function namesIn(container: string, prefix = ""): Promise<string[]> {
  const client = blobs.getContainerClient(container);
  if (!(await client.exists())) return [];
  const names: string[] = [];
  for await (const { name } of client.listBlobsFlat({ prefix })) names.push(name);
  return names;
}

async function textOf(container: string, name: string): Promise<string> {
  const client = blobs.getContainerClient(container).getBlobClient(name);
  return (await client.downloadToBuffer()).toString();
}

function write(folder: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  return fetch(`${host.url}/write/${folder}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("blob input", () => {
  test("is the blob that route and query name, and nothing for a blob that is not there", async () => {
    const response = await fetch(`${host.url}/read/north?name=ada`);

    expect(await response.json()).toEqual({ stored: "stored", missing: null });
  });

  test("fails the call if an expression has no value, before the function runs", async () => {
    const response = await fetch(`${host.url}/read/north`);

    expect(response.status).toBe(500);
    await until("the reason is told", () =>
      host.log().includes("No value for named parameter 'name'."),
    );
  });

  test("is no way out of the container", async () => {
    const response = await fetch(`${host.url}/read/north?name=${encodeURIComponent("../../x")}`);

    expect(response.status).toBe(500);
    await until("the reason is told", () =>
      host.log().includes("'store/north/../../x.txt' is no path of a blob."),
    );
  });
});

describe("outputs of an HTTP function", () => {
  test("go where header, body, time and chance say, each once", async () => {
    const response = await write("north", { order: { id: 7 } }, { "x-kind": "small" });

    expect(response.status).toBe(202);
    const [name = "", ...more] = await namesIn("store", "small/");
    const year = String(new Date().getUTCFullYear());
    expect(name.replace(/[0-9a-f]{32}$/, "<guid>")).toBe(`small/7/${year}/write-<guid>`);
    expect(more).toEqual([]);
    expect(await textOf("store", name)).toBe('{"id":7}');
    const { receivedMessageItems } = await queues
      .getQueueClient("sent-north")
      .receiveMessages({ numberOfMessages: 32 });
    const texts = receivedMessageItems.map(({ messageText }) => messageText);
    expect(texts).toEqual(["one", '{"two":2}']);
  });

  test.each([
    ["a header that is not there", { order: { id: 7 } }, {}, "accessing 'x-kind': property"],
    ["a field that is not there", { order: {} }, { "x-kind": "a" }, "accessing 'id': property"],
    ["a field that is an object", { order: { id: {} } }, { "x-kind": "a" }, "is an object"],
    ["a body without fields", [], { "x-kind": "a" }, "No value for named parameter 'order'."],
  ])("%s fails the call", async (_, body, headers, reason) => {
    const response = await write("north", body, headers);

    expect(response.status).toBe(500);
    await until("the reason is told", () => host.log().includes(reason));
  });

  test("an expression without a value is noticed before the function runs", async () => {
    const response = await fetch(`${host.url}/lost`);

    expect(response.status).toBe(500);
    expect(host.log()).toContain("No value for named parameter 'nobody");
    expect(host.log()).not.toContain("lost has run");
  });
});

describe("outputs of a queue function", () => {
  test("go where the message says, which is no base64 if host.json says so", async () => {
    const message = { to: { name: "Ada" }, number: 7, urgent: true, id: "own" };
    await queues.getQueueClient("letters").sendMessage(JSON.stringify(message));

    const [name = ""] = await until("there is a letter", async () => {
      const names = await namesIn("letters");
      return names.length > 0 && names;
    });

    expect(name).toBe("Ada/7-True");
    expect(JSON.parse(await textOf("letters", name))).toMatchObject({
      to: { name: "Ada" },
      number: 7,
      urgent: "True",
      id: "own",
      queueTrigger: message,
      dequeueCount: 1,
    });
  });
});
