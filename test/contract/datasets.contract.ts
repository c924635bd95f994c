import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { DatasetBlob } from "../../shared/domain/training-request.ts";
import type { Datasets } from "../../shared/ports/datasets.ts";

const LARGE_BYTES = 9 * 1024 * 1024;

export interface DatasetsSubject {
  readonly datasets: Datasets;
  /** What a user does: uploads a blob, or replaces one. */
  upload(container: string, name: string, content: string | Uint8Array): Promise<DatasetBlob>;
  remove(container: string, name: string): Promise<void>;
  teardown?(): Promise<void>;
}

/** What every implementation of `Datasets` must do. */
export function describeDatasets(name: string, setup: () => Promise<DatasetsSubject>): void {
  describe(`Datasets: ${name}`, () => {
    let subject: DatasetsSubject;

    beforeAll(async () => {
      subject = await setup();
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("an absent container has no blobs", async () => {
      expect(await subject.datasets.list("absent", "")).toEqual([]);
      expect(await subject.datasets.find("absent", "a.jsonl")).toBeUndefined();
    });

    test("list() gives what is below the prefix, in the order of the names", async () => {
      for (const blob of ["team/b.jsonl", "team/a.jsonl", "team/sub/c.jsonl", "teams/d.jsonl"]) {
        await subject.upload("listed", blob, blob);
      }

      const blobs = await subject.datasets.list("listed", "team/");

      expect(blobs.map((blob) => blob.name)).toEqual([
        "team/a.jsonl",
        "team/b.jsonl",
        "team/sub/c.jsonl",
      ]);
    });

    test("list(), find() and an upload name the same version", async () => {
      const uploaded = await subject.upload("versions", "a.jsonl", "one");

      expect(await subject.datasets.find("versions", "a.jsonl")).toEqual(uploaded);
      expect(await subject.datasets.list("versions", "")).toEqual([uploaded]);
      expect(uploaded.etag).not.toContain('"');
    });

    test.each([
      "team/two words.jsonl",
      "team/Größe 数据 🦊.jsonl",
      "deep/er/and/deeper.jsonl",
      "100% #1 ?a=b&c+d'.jsonl",
    ])("reads a blob named %s", async (blobName) => {
      await subject.upload("names", blobName, `content of ${blobName}`);

      const [listed] = await subject.datasets.list("names", blobName);

      expect(listed?.name).toBe(blobName);
      expect(await subject.datasets.find("names", blobName)).toEqual(listed);
      expect(await readText(subject.datasets, "names", listed)).toBe(`content of ${blobName}`);
    });

    test("a name does not lead out of its container", async () => {
      await subject.upload("private", "a.jsonl", "private");

      for (const escape of ["../private/a.jsonl", "x/../../private/a.jsonl", ".", "..", ""]) {
        expect(await subject.datasets.find("listed", escape)).toBeUndefined();
      }
    });

    test("read() gives every byte of a large blob", async () => {
      const content = Buffer.alloc(LARGE_BYTES, "0123456789");
      const blob = await subject.upload("large", "a.jsonl", content);

      const hash = createHash("sha256");
      for await (const chunk of subject.datasets.read("large", blob)) hash.update(chunk);

      expect(hash.digest("hex")).toBe(createHash("sha256").update(content).digest("hex"));
    });

    test("read() of an empty blob gives nothing", async () => {
      const blob = await subject.upload("empty", "a.jsonl", "");

      expect(blob.size).toBe(0);
      expect(await readText(subject.datasets, "empty", blob)).toBe("");
    });

    test("read() refuses a blob that changed after it was listed", async () => {
      await subject.upload("changing", "a.jsonl", "as listed");
      const [listed] = await subject.datasets.list("changing", "");
      await subject.upload("changing", "a.jsonl", "as changed");

      const reading = readText(subject.datasets, "changing", listed);

      await expect(reading).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    });

    test("read() refuses a blob that is gone", async () => {
      const blob = await subject.upload("going", "a.jsonl", "soon gone");
      await subject.remove("going", "a.jsonl");

      const gone = { code: "DATASET_NOT_FOUND", message: expect.stringContaining("a.jsonl") };
      await expect(readText(subject.datasets, "going", blob)).rejects.toMatchObject(gone);
      await expect(readText(subject.datasets, "absent", blob)).rejects.toMatchObject(gone);
    });
  });
}

async function readText(
  datasets: Datasets,
  container: string,
  blob: DatasetBlob | undefined,
): Promise<string> {
  if (!blob) throw new Error("The blob was not listed");
  const chunks: Uint8Array[] = [];
  for await (const chunk of datasets.read(container, blob)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
