import https from "node:https";
import { text } from "node:stream/consumers";

import {
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { EventGrid } from "../../../infra/local/event-grid/start-event-grid.ts";
import { ACCOUNT, SAS_VERSION } from "../../../infra/local/stack/azurite.ts";
import { type Lab, startLab, trusting } from "./support/lab.ts";

/** The key that Azurite's documentation prints. */
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const HOUR_MS = 3_600_000;

let lab: Lab;
let eventGrid: EventGrid;
let container: ContainerClient;

beforeAll(async () => {
  lab = await startLab();
  eventGrid = await lab.startEventGrid({ subscriptions: [{ queueName: "events" }] });
  container = lab.blobs(eventGrid.blobServiceUrl).getContainerClient("datasets");
  await container.create();
});

afterAll(async () => {
  await lab.stop();
});

interface Answered {
  readonly status: number | undefined;
  readonly body: string;
}

function request(url: string, options: https.RequestOptions = {}, body = ""): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const outgoing = https.request(url, { ca: lab.ca, ...options }, (answer) => {
      text(answer).then((read) => resolve({ status: answer.statusCode, body: read }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function userDelegationUrl(blob: string): Promise<string> {
  const service = lab.blobs(eventGrid.blobServiceUrl);
  const startsOn = new Date(Date.now() - HOUR_MS);
  const expiresOn = new Date(Date.now() + HOUR_MS);
  const key = await service.getUserDelegationKey(startsOn, expiresOn);
  const sas = generateBlobSASQueryParameters(
    {
      containerName: "datasets",
      blobName: blob,
      permissions: BlobSASPermissions.parse("r"),
      startsOn,
      expiresOn,
      version: SAS_VERSION,
    },
    key,
    ACCOUNT,
  );
  return `${container.getBlobClient(blob).url}?${sas.toString()}`;
}

describe("what Azurite checks stays true behind the proxy", () => {
  test("requests signed with the account's key", async () => {
    const credential = new StorageSharedKeyCredential(ACCOUNT, KEY);
    const service = new BlobServiceClient(eventGrid.blobServiceUrl, credential, trusting(lab.ca));
    const blob = service.getContainerClient("datasets").getBlockBlobClient("signed/a b.jsonl");

    await blob.upload("signed", 6, { metadata: { who: "me" } });

    expect((await blob.downloadToBuffer()).toString()).toBe("signed");
    const forged = new StorageSharedKeyCredential(ACCOUNT, Buffer.from("other").toString("base64"));
    const stranger = new BlobServiceClient(eventGrid.blobServiceUrl, forged, trusting(lab.ca));
    await expect(
      stranger.getContainerClient("datasets").getBlobClient("signed/a b.jsonl").getProperties(),
    ).rejects.toMatchObject({ statusCode: 400 }); // Azurite's answer to a signature that is wrong
  });

  test("a user-delegation SAS opens its blob, and neither another one nor a longer time", async () => {
    await container.getBlockBlobClient("for/download.jsonl").upload("by SAS", 6);
    await container.getBlockBlobClient("for/nobody.jsonl").upload("secret", 6);
    const url = await userDelegationUrl("for/download.jsonl");

    const [right, otherBlob, otherExpiry] = await Promise.all([
      request(url),
      request(url.replace("for/download", "for/nobody")),
      request(url.replace(/([?&]se=)\d{4}/, "$12099")),
    ]);

    expect(right).toStrictEqual({ status: 200, body: "by SAS" });
    expect(otherBlob.status).toBe(403);
    expect(otherExpiry.status).toBe(403);
  });

  test("nobody comes in without a credential", async () => {
    await container.getBlockBlobClient("private").upload("x", 1);

    const answered = await request(container.getBlobClient("private").url);

    expect(answered.status).toBe(403);
  });
});

describe("requests and answers go through as they are", () => {
  test.each([
    "with space.jsonl",
    "für/größe/データ.jsonl",
    "100%/a+b&c=d?e#f.jsonl",
    "ends/with.dots..",
  ])("a blob called %s keeps its name, in the event too", async (name) => {
    await container.getBlockBlobClient(name).upload(name, Buffer.byteLength(name));

    const read = await container.getBlobClient(name).downloadToBuffer();
    const event = (await lab.events("events", 1)).at(-1);
    expect(read.toString()).toBe(name);
    const all = [event, ...(await drain())];
    expect(all.map((one) => one?.subject)).toContain(
      `/blobServices/default/containers/datasets/blobs/${name}`,
    );
  });

  test("ranges, conditions and empty blobs", async () => {
    const blob = container.getBlockBlobClient("ranges");
    const { etag } = await blob.upload("0123456789", 10);
    await container.getBlockBlobClient("empty").upload("", 0);

    const part = await blob.downloadToBuffer(2, 3);

    expect(part.toString()).toBe("234");
    expect((await container.getBlobClient("empty").downloadToBuffer()).length).toBe(0);
    await expect(
      blob.download(0, 1, { conditions: { ifNoneMatch: etag ?? "" } }),
    ).rejects.toMatchObject({ statusCode: 304 });
  });

  test.each([
    ["with its length announced first", { "content-length": "4", expect: "100-continue" }, 201],
    ["in chunks, which the service refuses", { "transfer-encoding": "chunked" }, 400],
  ])("an upload %s", async (_how, headers, expected) => {
    const token = await lab.credential.getToken("https://storage.azure.com/.default");
    const put = {
      method: "PUT",
      headers: {
        authorization: `Bearer ${token?.token ?? ""}`,
        "x-ms-version": "2025-11-05",
        "x-ms-blob-type": "BlockBlob",
        ...headers,
      },
    };

    const behind = await request(container.getBlobClient("raw").url, put, "body");
    const direct = await request(`${lab.azurite.blobServiceUrl}/datasets/raw`, put, "body");

    expect(behind.status).toBe(expected);
    expect(direct.status).toBe(expected);
  });

  test("a large body that is refused does not cut the answer off", async () => {
    const blob = container.getBlockBlobClient("refused");
    await blob.upload("small", 5);
    const large = Buffer.alloc(8 * 1024 * 1024);

    const uploading = blob.upload(large, large.length, { conditions: { ifNoneMatch: "*" } });

    await expect(uploading).rejects.toMatchObject({ statusCode: 409, code: "BlobAlreadyExists" });
  });
});

async function drain() {
  const queue = lab.queues().getQueueClient("events");
  const { approximateMessagesCount = 0 } = await queue.getProperties();
  return lab.events("events", approximateMessagesCount + eventGrid.pending());
}

describe("a service that is down", () => {
  test("is answered for with a status on which clients try again", async () => {
    const alone = await lab.startEventGrid({
      blobUpstream: "https://127.0.0.1:9/devstoreaccount1",
      subscriptions: [],
    });

    const answered = await request(`${alone.blobServiceUrl}/datasets/a`);

    expect(answered.status).toBe(503);
    expect(answered.body).toContain("<Code>ServerBusy</Code>");
  });
});
