import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import { createFreezeDataset } from "../../../../functions/activities/freeze-dataset.ts";
import { readManifest } from "../../../../functions/activities/dataset-manifest-file.ts";
import { createPrepareDataset } from "../../../../functions/activities/prepare-dataset.ts";
import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { TransientError } from "../../../../shared/errors.ts";
import type { Datasets } from "../../../../shared/ports/datasets.ts";
import type { StoredFile } from "../../../../shared/ports/run-files.ts";
import { FakeRunFiles } from "../../../support/fakes/fake-run-files.ts";
import { begin, GOOD, prepare, register, ROW_A, ROW_B, rowOf, RUN } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, type World } from "../support/world.ts";

const TWO_FILES = { "support/b.jsonl": `${ROW_B}\n`, "support/a.json": `[${ROW_A}, ${ROW_B}]` };

async function begun(files?: Readonly<Record<string, string>>, world = newWorld()): Promise<World> {
  await begin(world, files);
  return world;
}

async function frozen(
  files?: Readonly<Record<string, string>>,
  given = newWorld(),
): Promise<World> {
  const world = await begun(files, given);
  await createFreezeDataset(world)({ run: RUN });
  return world;
}

/** As Blob Storage does it: what exists already is not sent again, so nobody reads it. */
class ThriftyRunFiles extends FakeRunFiles {
  override async putOnce(...given: Parameters<FakeRunFiles["putOnce"]>): Promise<StoredFile> {
    return (await this.find(given[0])) ?? super.putOnce(...given);
  }
}

describe("prepareDataset", () => {
  test("merges the blobs in their order and says what is in them", async () => {
    const world = await frozen(TWO_FILES);

    const answer = await createPrepareDataset(world)({ run: RUN });

    const merged = `${ROW_A}\n${ROW_B}\n${ROW_B}\n`;
    const sha256 = createHash("sha256").update(merged).digest("hex");
    expect(answer).toEqual({ rows: 3, datasetSha256: sha256 });
    expect(await world.files.readText({ run: RUN, name: "train.jsonl" })).toBe(merged);
    expect(await readManifest(world.files, RUN)).toMatchObject({
      run: RUN,
      pipeline: "support",
      rows: 3,
      blobs: [
        { container: "datasets", name: "support/a.json", size: 86, rows: 2 },
        { container: "datasets", name: "support/b.jsonl", size: 41, rows: 1 },
      ],
      file: { name: "train.jsonl", size: Buffer.byteLength(merged), sha256 },
    });
    expect(await rowOf(world)).toMatchObject({ rows: 3, datasetSha256: sha256 });
  });

  test.each([
    ["reads what it has already", FakeRunFiles],
    ["leaves it unread", ThriftyRunFiles],
  ])("ends the same wherever it dies, with storage that %s", async (_how, Files) => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => frozen(TWO_FILES, { ...newWorld(), files: new Files() }),
      act: async (world) => createPrepareDataset(world)({ run: RUN }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(8);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("gives the same answer again when the blobs are gone by then", async () => {
    const world = await frozen();
    const first = await createPrepareDataset(world)({ run: RUN });
    await world.datasets.remove("datasets", "support/a.jsonl");

    const second = await createPrepareDataset(world)({ run: RUN });

    expect(second).toEqual(first);
  });

  test("names file and line of every bad row, and stores nothing", async () => {
    const world = await frozen({
      "support/a.jsonl": `${ROW_A}\n{"prompt": 5, "completion": "x"}\n`,
      "support/b.jsonl": `${ROW_A}\n\nnot json\n`,
    });

    const preparing = createPrepareDataset(world)({ run: RUN });

    await expect(preparing).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: "The dataset has 2 problems",
      details: [
        "support/a.jsonl line 2: prompt is a number; it must be a text",
        "support/b.jsonl line 3: not JSON: a row is an object and begins with {",
      ],
    });
    expect(await world.files.find({ run: RUN, name: "train.jsonl" })).toBeUndefined();
    expect(await world.files.find({ run: RUN, name: "manifest.json" })).toBeUndefined();
  });

  test("refuses fewer rows than the pipeline asks for", async () => {
    const world = await frozen({ "support/a.jsonl": `${ROW_A}\n` });

    const preparing = createPrepareDataset(world)({ run: RUN });

    await expect(preparing).rejects.toMatchObject({
      code: "DATASET_INVALID",
      message: "The dataset has too few rows: 1, but the pipeline asks for 2",
    });
  });

  test.each(["", "\n", "[]"])("refuses a file without rows: %j", async (content) => {
    const world = await frozen({ "support/a.json": content });

    const preparing = createPrepareDataset(world)({ run: RUN });

    await expect(preparing).rejects.toMatchObject({
      code: "DATASET_INVALID",
      details: ["support/a.json line 1: the file has no rows"],
    });
  });

  test("refuses a blob that was replaced between the freeze and the reading", async () => {
    const world = await frozen();
    await world.datasets.upload("datasets", "support/a.jsonl", GOOD);

    const preparing = createPrepareDataset(world)({ run: RUN });

    await expect(preparing).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await world.files.find({ run: RUN, name: "train.jsonl" })).toBeUndefined();
  });

  test("keeps nothing of a download that broke, and goes through at the next try", async () => {
    const world = await frozen();
    const { datasets } = world;
    const broken: Datasets = {
      list: async (container, prefix) => datasets.list(container, prefix),
      find: async (container, name) => datasets.find(container, name),
      async *read() {
        yield Buffer.from(ROW_A.slice(0, 10));
        throw new TransientError("STORAGE_UNAVAILABLE", "the connection was cut");
      },
    };

    const first = createPrepareDataset({ ...world, datasets: broken })({ run: RUN });

    await expect(first).rejects.toThrow("the connection was cut");
    expect(await world.files.find({ run: RUN, name: "train.jsonl" })).toBeUndefined();
    expect(await createPrepareDataset(world)({ run: RUN })).toMatchObject({ rows: 2 });
  });

  test("refuses a run that was not frozen", async () => {
    const world = await begun();

    const preparing = createPrepareDataset(world)({ run: RUN });

    await expect(preparing).rejects.toMatchObject({ code: "INTERNAL" });
  });

  test("says which serving version the same data and settings have made", async () => {
    const world = newWorld();
    await register(world, "one");
    await createRecordRelease(world)({ run: RUN, version: 1 });
    await begin(world, { "support/copy.jsonl": GOOD.replaceAll("because", "one") }, "support-2");
    await createFreezeDataset(world)({ run: "support-2" });

    const answer = await createPrepareDataset(world)({ run: "support-2" });

    expect(answer).toMatchObject({ sameAsVersion: 1 });
  });

  test("has something to do when the version of that recipe does not serve", async () => {
    const world = newWorld();
    await register(world, "one");
    await prepare(world, { "support/copy.jsonl": GOOD.replaceAll("because", "one") }, "support-2");

    const answer = await createPrepareDataset(world)({ run: "support-2" });

    expect(answer).not.toHaveProperty("sameAsVersion");
  });

  test("has something to do when other data made what serves", async () => {
    const world = newWorld();
    await register(world, "one");
    await createRecordRelease(world)({ run: RUN, version: 1 });
    await prepare(world, { "support/other.jsonl": GOOD }, "support-2");

    const answer = await createPrepareDataset(world)({ run: "support-2" });

    expect(answer).not.toHaveProperty("sameAsVersion");
  });

  test("does not take its own release for a reason to do nothing", async () => {
    const world = newWorld();
    await register(world, "one");
    await createRecordRelease(world)({ run: RUN, version: 1 });

    const answer = await createPrepareDataset(world)({ run: RUN });

    expect(answer).not.toHaveProperty("sameAsVersion");
  });
});

describe("readManifest", () => {
  test("refuses a run whose data was not prepared", async () => {
    const world = await begun();

    const reading = readManifest(world.files, RUN);

    await expect(reading).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
