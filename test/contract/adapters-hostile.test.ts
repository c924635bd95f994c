import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  type AdapterImage,
  makeAdapterImage,
  MODEL,
  pushAdapterImage,
} from "../support/adapter-image.ts";
import { CONTENTS, FILES, MANIFESTS, PACKING } from "./adapters-hostile-cases.ts";
import { type AdapterRegistry, startAdapterRegistry } from "./adapters-registry.ts";

const REPOSITORY = "adapters/hostile";
const EXPECTED = { model: MODEL, rank: 8 };

let registry: AdapterRegistry;

beforeAll(async () => {
  registry = await startAdapterRegistry();
});

afterAll(async () => {
  await registry.stop();
});

async function problemsOf(image: AdapterImage): Promise<unknown> {
  await pushAdapterImage(registry.client, REPOSITORY, "hostile", image);
  const error: unknown = await registry.adapters
    .verify(REPOSITORY, image.facts.digest, EXPECTED)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "PermanentError", code: "ADAPTER_INVALID" });
  return (error as { details: string[] }).details;
}

describe.each([
  { part: "files", cases: FILES },
  { part: "contents", cases: CONTENTS },
  { part: "packing", cases: PACKING },
  { part: "manifest", cases: MANIFESTS },
])("an image whose $part have", ({ cases }) => {
  test.each(cases)("$what is refused", async ({ changes, problems }) => {
    const image = await makeAdapterImage(changes);

    const found = await problemsOf(image);

    expect(found).toEqual(problems);
  });
});
