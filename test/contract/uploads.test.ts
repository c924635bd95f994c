import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createBlobDatasets } from "../../shared/clients/storage/blob-datasets.ts";
import { createBlobUploads } from "../../shared/clients/storage/blob-uploads.ts";
import { ask } from "../support/ask.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { FakeUploads } from "../support/fakes/fake-uploads.ts";
import { describeUploads } from "./uploads.contract.ts";

const MINUTE_MS = 60_000;

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(async () => {
  await azurite.stop();
});

describeUploads("fake", async () => ({ uploads: new FakeUploads() }));

describeUploads("Azurite", async () => ({ uploads: createBlobUploads(azurite) }));

describe("a URL for an upload", () => {
  test("creates the blob and replaces it, in a container that was missing", async () => {
    const url = await createBlobUploads(azurite).writeUrl("fresh", "a b.jsonl", inTenMinutes());

    expect(await ask("PUT", url, azurite.tls.ca, "first")).toMatchObject({ status: 201 });
    expect(await ask("PUT", url, azurite.tls.ca, "second!")).toMatchObject({ status: 201 });

    const datasets = createBlobDatasets(azurite);
    expect(await datasets.find("fresh", "a b.jsonl")).toMatchObject({ size: 7 });
  });

  test("neither reads nor deletes, and opens no other blob", async () => {
    const url = await createBlobUploads(azurite).writeUrl("closed", "a.jsonl", inTenMinutes());
    await ask("PUT", url, azurite.tls.ca, "content");

    const refused = { status: 403 };
    expect(await ask("GET", url, azurite.tls.ca)).toMatchObject(refused);
    expect(await ask("DELETE", url, azurite.tls.ca)).toMatchObject(refused);
    const other = url.replace("/a.jsonl?", "/b.jsonl?");
    expect(await ask("PUT", other, azurite.tls.ca, "content")).toMatchObject(refused);
  });
});

function inTenMinutes(): Date {
  return new Date(Date.now() + 10 * MINUTE_MS);
}
