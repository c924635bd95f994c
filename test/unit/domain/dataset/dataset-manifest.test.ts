import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import {
  canonicalManifest,
  createDatasetManifest,
  DatasetManifest,
} from "../../../../shared/domain/dataset/dataset-manifest.ts";

const SHA = "0".repeat(64);
const FACTS = {
  pipeline: "support",
  run: "support-7",
  blobs: [
    { container: "datasets", name: "support/a.jsonl", etag: "0x1", size: 10, sha256: SHA, rows: 2 },
  ],
  rows: 2,
  file: { name: "train.jsonl", size: 9, sha256: SHA },
};

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

describe("a dataset manifest", () => {
  test("is named by the hash of what was trained on", () => {
    const manifest = createDatasetManifest(FACTS, sha256);

    expect(DatasetManifest.parse(manifest)).toEqual({
      ...FACTS,
      version: 1,
      sha256: sha256(
        `{"version":1,"blobs":[{"container":"datasets","name":"support/a.jsonl","etag":"0x1","size":10,"sha256":"${SHA}","rows":2}],"rows":2,"file":{"name":"train.jsonl","size":9,"sha256":"${SHA}"}}`,
      ),
    });
  });

  test("has the same name in another run, and whatever the order of its keys", () => {
    const other = createDatasetManifest({ ...FACTS, run: "support-8" }, sha256);
    const reordered = createDatasetManifest(
      {
        file: { sha256: SHA, size: 9, name: "train.jsonl" },
        rows: 2,
        blobs: FACTS.blobs.map(({ rows, ...blob }) => ({ rows, ...blob })),
        run: "support-7",
        pipeline: "support",
      },
      sha256,
    );

    const { sha256: name } = createDatasetManifest(FACTS, sha256);
    expect([other.sha256, reordered.sha256]).toEqual([name, name]);
  });

  test.each([
    ["a blob's version", { blobs: FACTS.blobs.map((blob) => ({ ...blob, etag: "0x2" })) }],
    ["a blob's container", { blobs: FACTS.blobs.map((blob) => ({ ...blob, container: "b" })) }],
    ["a blob more", { blobs: [...FACTS.blobs, ...FACTS.blobs] }],
    ["the merged file", { file: { ...FACTS.file, sha256: "1".repeat(64) } }],
  ])("has another name with %s", (_, change) => {
    const before = canonicalManifest({ version: 1, ...FACTS });

    expect(canonicalManifest({ version: 1, ...FACTS, ...change })).not.toBe(before);
  });

  test.each([
    ["no blobs", { blobs: [] }],
    ["no rows", { rows: 0 }],
    ["a version of later", { version: 2 }],
    ["a hash that is none", { sha256: "abc" }],
  ])("is not read with %s", (_, change) => {
    const manifest = { ...createDatasetManifest(FACTS, sha256), ...change };

    expect(DatasetManifest.safeParse(manifest).success).toBe(false);
  });
});
