import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createBlobDatasets } from "../../shared/clients/storage/blob-datasets.ts";
import { openBlobService } from "../../shared/clients/storage/blob-service.ts";
import type { DatasetBlob } from "../../shared/domain/training-request.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { startBreakingProxy } from "../support/breaking-proxy.ts";
import { FakeDatasets } from "../support/fakes/fake-datasets.ts";
import { type DatasetsSubject, describeDatasets } from "./datasets.contract.ts";

const MB = 1024 * 1024;

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(async () => {
  await azurite.stop();
});

describeDatasets("fake", async () => {
  const datasets = new FakeDatasets();
  return {
    datasets,
    upload: async (...blob) => datasets.upload(...blob),
    remove: async (...blob) => datasets.remove(...blob),
  };
});

describeDatasets("Azurite", async () => {
  const service = openBlobService(azurite);
  return {
    datasets: createBlobDatasets(azurite),
    upload: async (...blob) => upload(...blob),
    async remove(container, name) {
      await service.getContainerClient(container).deleteBlob(name);
    },
  };
});

describe("reading a dataset while the network breaks", () => {
  test("goes on where it stopped", async () => {
    const content = Buffer.alloc(8 * MB, "0123456789abc");
    const blob = await upload("breaking", "a.jsonl", content);

    const { bytes, cuts } = await readThroughProxy(blob, [2 * MB, 3 * MB]);

    expect(cuts).toBe(2);
    expect(bytes.equals(content)).toBe(true);
  });

  test("does not go on in another version of the blob", async () => {
    const blob = await upload("breaking", "b.jsonl", Buffer.alloc(8 * MB, "old"));

    const reading = readThroughProxy(blob, [2 * MB], async () => {
      await upload("breaking", "b.jsonl", Buffer.alloc(8 * MB, "new"));
    });

    await expect(reading).rejects.toMatchObject({ code: "DATASET_CHANGED" });
  });
});

const upload: DatasetsSubject["upload"] = async (container, name, content) => {
  const client = openBlobService(azurite).getContainerClient(container);
  await client.createIfNotExists();
  const bytes = Buffer.from(content);
  const { etag = "" } = await client.getBlockBlobClient(name).uploadData(bytes);
  return { name, etag: etag.replaceAll('"', ""), size: bytes.length };
};

async function readThroughProxy(
  blob: DatasetBlob,
  limits: readonly number[],
  onCut?: () => Promise<void>,
): Promise<{ readonly bytes: Buffer; readonly cuts: number }> {
  const url = new URL(azurite.blobServiceUrl);
  const proxy = await startBreakingProxy(Number(url.port), limits, onCut);
  url.port = String(proxy.port);
  try {
    const chunks: Uint8Array[] = [];
    const datasets = createBlobDatasets({ ...azurite, blobServiceUrl: url.href });
    for await (const chunk of datasets.read("breaking", blob)) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), cuts: proxy.cuts() };
  } finally {
    await proxy.stop();
  }
}
