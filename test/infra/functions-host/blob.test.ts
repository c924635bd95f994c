import { readFile } from "node:fs/promises";
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

const stops: (() => Promise<unknown>)[] = [];
let azurite: Azurite;
let host: HostProcess;
let blobs: BlobServiceClient;
let executions: string;

beforeAll(async () => {
  const directory = await temporaryDirectory();
  stops.push(() => removeDirectory(directory));
  executions = path.join(directory, "executions");
  azurite = await startAzurite();
  stops.push(() => azurite.stop());
  blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  await put("inbox/before.txt", "was there before the host");
  host = await startHost("blob-app", ["--data", path.join(directory, "data")], {
    EXECUTIONS_FILE: executions,
    AzureWebJobsStorage: azurite.connectionString,
    Storage: azurite.connectionString,
    AzureFunctionsWebHost__hostid: "blob-app",
    IN: "inbox",
    PREFIX: "sent",
  });
  stops.push(() => host.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function put(
  blobPath: string,
  text: string,
  options: { metadata?: Record<string, string>; contentType?: string } = {},
): Promise<string> {
  const [container = "", ...name] = blobPath.split("/");
  const client = blobs.getContainerClient(container);
  await client.createIfNotExists();
  const { etag = "" } = await client.getBlockBlobClient(name.join("/")).upload(text, text.length, {
    ...(options.metadata ? { metadata: options.metadata } : {}),
    blobHTTPHeaders: { blobContentType: options.contentType ?? "text/plain" },
  });
  return etag;
}

async function textOf(blobPath: string): Promise<string> {
  const [container = "", ...name] = blobPath.split("/");
  const client = blobs.getContainerClient(container).getBlobClient(name.join("/"));
  return (await client.downloadToBuffer()).toString();
}

async function exists(blobPath: string): Promise<boolean> {
  const [container = "", ...name] = blobPath.split("/");
  return blobs.getContainerClient(container).getBlobClient(name.join("/")).exists();
}

async function keys(): Promise<{ readonly master: string; readonly system: string }> {
  const text = await readFile(host.keysFile ?? "", "utf8");
  return JSON.parse(text) as { master: string; system: string };
}

async function notes(key: string): Promise<Record<string, unknown>[]> {
  return (await readExecutions(executions)).filter((note) => key in note);
}

async function copies(text: string): Promise<Record<string, unknown>[]> {
  return (await notes("copy")).filter(({ copy }) => copy === text);
}

describe("blob trigger", () => {
  test("runs once on a blob that was there before the host", async () => {
    await until("it was copied", () => exists("outbox/txt/before-copy"));

    expect(await textOf("outbox/txt/before-copy")).toBe("was there before the host");
    expect(await copies("was there before the host")).toHaveLength(1);
  });

  test("hands over the bytes, what the path says, and what storage knows", async () => {
    const etag = await put("inbox/a/b.c.csv", "x,y", {
      metadata: { owner: "ada" },
      contentType: "text/csv",
    });

    const [note] = await until("it ran", async () => {
      const found = await copies("x,y");
      return found.length > 0 && found;
    });

    expect(note?.["metadata"]).toMatchObject({
      blobTrigger: "inbox/a/b.c.csv",
      uri: `${azurite.blobServiceUrl}/inbox/a/b.c.csv`,
      name: "a/b.c",
      ext: "csv",
      metadata: { owner: "ada" },
      properties: { contentLength: 3, contentType: "text/csv", eTag: etag, blobType: 0 },
    });
    await until("it was copied", () => exists("outbox/csv/a/b.c-copy"));
  });

  test("runs again when the blob is written again, and not because it is looked at again", async () => {
    await put("inbox/twice.txt", "first");
    await until("the first was seen", async () => (await copies("first")).length > 0);
    await put("inbox/twice.txt", "second");
    await until("the second was seen", async () => (await copies("second")).length > 0);
    await put("inbox/after.txt", "a later one");

    await until("the later one was seen", async () => (await copies("a later one")).length > 0);

    expect(await copies("first")).toHaveLength(1);
    expect(await copies("second")).toHaveLength(1);
  });

  test("leaves blobs alone whose names are of another shape", async () => {
    await put("inbox/no-extension", "of no interest");
    await put("inbox/marker.txt", "of interest");

    await until("the other was seen", async () => (await copies("of interest")).length > 0);

    expect(await copies("of no interest")).toEqual([]);
  });

  test("leaves a receipt for each version, named after it", async () => {
    const etag = await put("inbox/receipt.txt", "leaves a receipt");

    const receipt = `azure-webjobs-hosts/blobreceipts/blob-app/Host.Functions.copy/${etag}/inbox/receipt.txt`;
    await until("it ran", async () => (await copies("leaves a receipt")).length > 0);

    expect(await exists(receipt)).toBe(true);
  });

  test("puts a blob that failed too often into the poison queue, as the runtime writes it", async () => {
    const etag = await put("bad/apple", "any");
    const queue = QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(
      "webjobs-blobtrigger-poison",
    );

    const [message] = await until("it is poison", async () => {
      if (!(await queue.exists())) return undefined;
      const { receivedMessageItems } = await queue.receiveMessages();
      return receivedMessageItems.length > 0 && receivedMessageItems;
    });

    expect(JSON.parse(Buffer.from(message?.messageText ?? "", "base64").toString())).toEqual({
      Type: "BlobTrigger",
      FunctionId: "Host.Functions.refuse",
      BlobType: "BlockBlob",
      ContainerName: "bad",
      BlobName: "apple",
      ETag: etag,
    });
    expect(await notes("refuse")).toHaveLength(3);
  });

  test("is tried again by the function's retry policy, within one try of the blob", async () => {
    await put("stubborn/mule", "any");

    await until("it has run", async () => (await notes("stubborn")).length >= 3);

    expect(await notes("stubborn")).toEqual([{ stubborn: 0 }, { stubborn: 1 }, { stubborn: 2 }]);
  });

  test("runs as often at once as host.json allows, and misses none", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `blob-${index}`);
    await Promise.all(names.map((name) => put(`many/${name}`, name)));

    const found = await until("all have run", async () => {
      const runs = await notes("many");
      return runs.length >= 20 && runs;
    });

    expect(found.map((note) => String(note["many"])).toSorted()).toEqual(names.toSorted());
    expect(Math.max(...found.map((note) => Number(note["atOnce"])))).toBe(2);
  });

  test("names the blob, instead of reading it, for a function that wants a client", async () => {
    await put("clients/one.bin", "any");

    const [note] = await until("it ran", async () => {
      const found = await notes("client");
      return found.length > 0 && found;
    });

    expect(note).toEqual({
      client: {
        version: "1.0",
        source: "AzureStorageBlobs",
        contentType: "application/json",
        content: { Connection: "Storage", ContainerName: "clients", BlobName: "one.bin" },
      },
    });
  });
});

describe("a blob function that is run by hand", () => {
  test("takes the blob that it is told, receipt or not", async () => {
    await put("inbox/again.txt", "by hand");
    await until("it ran by itself", async () => (await copies("by hand")).length === 1);

    const response = await fetch(`${host.url}/admin/functions/copy`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-functions-key": (await keys()).master },
      body: JSON.stringify({ input: "inbox/again.txt" }),
    });

    expect(response.status).toBe(202);
    await until("it ran again", async () => (await copies("by hand")).length === 2);
  });
});

describe("blob trigger by Event Grid", () => {
  async function push(
    events: unknown,
    { type = "Notification", functionName = "Host.Functions.pushed" } = {},
  ): Promise<Response> {
    const url = new URL("/runtime/webhooks/blobs", host.url);
    url.searchParams.set("functionName", functionName);
    url.searchParams.set("code", (await keys()).system);
    return fetch(url, {
      method: "POST",
      headers: { "aeg-event-type": type, "content-type": "application/json" },
      body: JSON.stringify(events),
    });
  }

  function created(blobPath: string): object {
    return {
      eventType: "Microsoft.Storage.BlobCreated",
      data: {
        url: `https://account.blob.core.windows.net/${blobPath}`,
        eTag: "0x1",
        blobType: "BlockBlob",
      },
    };
  }

  test("agrees to a subscription", async () => {
    const response = await push([{ data: { validationCode: "42" } }], {
      type: "SubscriptionValidation",
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: "42" });
  });

  test("runs on the blobs that events name, if the path is for it, and twice if told twice", async () => {
    await put("pushed/a b.txt", "pushed");
    await put("pushed/other.bin", "of another shape");
    const event = created("pushed/a%20b.txt");

    const response = await push([event, created("pushed/other.bin"), event]);

    expect(response.status).toBe(202);
    await until("it ran twice", async () => (await notes("pushed")).length >= 2);
    expect(await notes("pushed")).toEqual([{ pushed: "pushed" }, { pushed: "pushed" }]);
  });

  test("a blob that is gone by then is no failure", async () => {
    const response = await push(created("pushed/gone.txt"));

    expect(response.status).toBe(202);
    await until("it was noticed", () => /pushed\/gone.txt'.*not there/.test(host.log()));
  });

  test.each([
    ["a function that there is not", [], { functionName: "Host.Functions.nobody" }, 404],
    [
      "a function that looks into its container itself",
      [],
      { functionName: "Host.Functions.copy" },
      404,
    ],
    ["an event without an address", [{ data: { blobType: "BlockBlob" } }], {}, 400],
    ["an address that is none of a blob", [created("")], {}, 400],
    ["an address that cannot be read", [created("pushed/%ff")], {}, 400],
    ["an event of no known type", [], { type: "Surprise" }, 400],
    ["a subscription that ends", [], { type: "Unsubscribe" }, 202],
  ])("%s", async (_, events, options, status) => {
    const response = await push(events, options);

    expect(response.status).toBe(status);
  });
});
