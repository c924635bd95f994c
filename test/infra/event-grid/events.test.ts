import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { EventGrid } from "../../../infra/local/event-grid/start-event-grid.ts";
import { type Lab, startLab } from "./support/lab.ts";

let lab: Lab;
let eventGrid: EventGrid;

beforeAll(async () => {
  lab = await startLab();
  eventGrid = await lab.startEventGrid({
    subscriptions: [
      {
        queueName: "all-events",
        subjectNotBeginsWith: ["/blobServices/default/containers/internal/"],
      },
      {
        queueName: "reports",
        container: "datasets",
        subjectBeginsWith: "/blobServices/default/containers/datasets/blobs/reports/",
      },
    ],
  });
  const service = lab.blobs(eventGrid.blobServiceUrl);
  await service.getContainerClient("datasets").create();
  await service.getContainerClient("internal").create();
});

afterAll(async () => {
  await lab.stop();
});

describe("an event", () => {
  test("says of a Put Blob what Event Grid says, as CloudEvents 1.0", async () => {
    const container = lab.blobs(eventGrid.blobServiceUrl).getContainerClient("datasets");

    const { etag, requestId } = await container
      .getBlockBlobClient("support/a.jsonl")
      .upload("{}", 2, { blobHTTPHeaders: { blobContentType: "application/jsonl" } });

    const [event] = await lab.events("all-events", 1);
    expect(event).toMatchObject({
      specversion: "1.0",
      type: "Microsoft.Storage.BlobCreated",
      subject: "/blobServices/default/containers/datasets/blobs/support/a.jsonl",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      data: {
        api: "PutBlob",
        clientRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        requestId,
        eTag: etag?.replaceAll('"', ""),
        contentType: "application/jsonl",
        contentLength: 2,
        blobType: "BlockBlob",
        url: `${eventGrid.blobServiceUrl}/datasets/support/a.jsonl`,
        sequencer: expect.stringMatching(/^[0-9a-f]{32}$/),
        storageDiagnostics: { batchId: expect.any(String) },
      },
    });
    expect(event?.["source"]).toMatch(
      /^\/subscriptions\/.+\/Microsoft.Storage\/storageAccounts\/devstoreaccount1$/,
    );
  });

  test("comes for a block list with the length of the whole blob, and not for its blocks", async () => {
    const blob = lab
      .blobs(eventGrid.blobServiceUrl)
      .getContainerClient("datasets")
      .getBlockBlobClient("blocks.jsonl");
    const ids = ["one", "two"].map((id) => Buffer.from(id).toString("base64"));

    for (const id of ids) await blob.stageBlock(id, "12345", 5);
    await blob.commitBlockList(ids, { blobHTTPHeaders: { blobContentType: "text/plain" } });

    const [event] = await lab.events("all-events", 1);
    expect(event?.data).toMatchObject({
      api: "PutBlockList",
      contentLength: 10,
      contentType: "text/plain",
      blobType: "BlockBlob",
    });
    expect(eventGrid.pending()).toBe(0);
  });

  test("comes for a copy", async () => {
    const container = lab.blobs(eventGrid.blobServiceUrl).getContainerClient("datasets");
    await container.getBlockBlobClient("original.jsonl").upload("abc", 3);

    const poller = await container
      .getBlobClient("copy.jsonl")
      .beginCopyFromURL(container.getBlobClient("original.jsonl").url);
    await poller.pollUntilDone();

    const events = await lab.events("all-events", 2);
    expect(events.map(({ data }) => [data.api, data.contentLength])).toStrictEqual([
      ["PutBlob", 3],
      ["CopyBlob", 3],
    ]);
  });

  test("is not made by a write that fails, or by anything that creates no blob", async () => {
    const container = lab.blobs(eventGrid.blobServiceUrl).getContainerClient("datasets");
    const blob = container.getBlockBlobClient("once.jsonl");
    await blob.upload("1", 1);
    const onlyNew = { conditions: { ifNoneMatch: "*" } };

    await expect(blob.upload("2", 1, onlyNew)).rejects.toMatchObject({ statusCode: 409 });
    await expect(blob.upload("3", 1, { conditions: { ifMatch: '"0x0"' } })).rejects.toMatchObject({
      statusCode: 412,
    });
    await blob.setMetadata({ a: "b" });
    await blob.createSnapshot();
    await blob.setTags({ c: "d" });
    await blob.delete({ deleteSnapshots: "include" });
    await container.getBlockBlobClient("last.jsonl").upload("4", 1);

    const events = await lab.events("all-events", 2);
    expect(events.map(({ subject }) => subject.split("/").at(-1))).toStrictEqual([
      "once.jsonl",
      "last.jsonl",
    ]);
  });

  test("goes to every queue whose subscription it matches, and to no other", async () => {
    const service = lab.blobs(eventGrid.blobServiceUrl);

    await service.getContainerClient("internal").getBlockBlobClient("x").upload("1", 1);
    await service.getContainerClient("datasets").getBlockBlobClient("reports/y").upload("2", 1);

    const [all, reports] = [await lab.events("all-events", 1), await lab.events("reports", 1)];
    expect(all.map(({ id }) => id)).toStrictEqual(reports.map(({ id }) => id));
    expect(all[0]?.subject).toBe("/blobServices/default/containers/datasets/blobs/reports/y");
  });

  test("has a sequencer that sorts as the writes did", async () => {
    const blob = lab
      .blobs(eventGrid.blobServiceUrl)
      .getContainerClient("datasets")
      .getBlockBlobClient("sequence");

    for (const text of ["1", "2", "3"]) await blob.upload(text, 1);

    const events = await lab.events("all-events", 3);
    const sequencers = events.map(({ data }) => data.sequencer);
    expect(sequencers.toSorted()).toStrictEqual(sequencers);
    expect(new Set(sequencers).size).toBe(3);
  });
});
