import { afterAll, beforeAll, expect, test } from "vitest";

import { createBlobPipelines } from "../../shared/clients/storage/blob-pipelines.ts";
import { openBlobService } from "../../shared/clients/storage/blob-service.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { FakePipelines } from "../support/fakes/fake-pipelines.ts";
import { describePipelines } from "./pipelines.contract.ts";

let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});

afterAll(async () => {
  await azurite.stop();
});

describePipelines("fake", async () => ({ pipelines: new FakePipelines() }));

describePipelines("Azurite", async () => ({ pipelines: createBlobPipelines(azurite) }));

test("a document that was put there by other means counts as the first generation", async () => {
  const container = openBlobService(azurite).getContainerClient("pipelines");
  await container.uploadBlockBlob("by-hand.yaml", "a: 1", 4);
  await container.uploadBlockBlob("notes.txt", "not a pipeline", 14);
  const pipelines = createBlobPipelines(azurite);

  const names = (await pipelines.list()).map((one) => one.name);

  expect(names).toContain("by-hand");
  expect(names.some((name) => name.startsWith("notes"))).toBe(false);
  expect(await pipelines.apply("by-hand", "a: 2")).toMatchObject({ generation: 2 });
});
