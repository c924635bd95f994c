import { describe, expect, test } from "vitest";

import { createBeginRun } from "../../../../functions/activities/begin-run.ts";
import {
  createFreezeDataset,
  readFrozen,
} from "../../../../functions/activities/freeze-dataset.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { begin, GOOD, LIMITS, ROW_A, ROW_B, RUN, upload } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, NOW, type World } from "../support/world.ts";

const TWO_FILES = { "support/b.jsonl": `${ROW_B}\n`, "support/a.json": `[${ROW_A}, ${ROW_B}]` };

async function begun(files?: Readonly<Record<string, string>>): Promise<World> {
  const world = newWorld();
  await begin(world, files);
  return world;
}

async function frozen(files?: Readonly<Record<string, string>>): Promise<World> {
  const world = await begun(files);
  await createFreezeDataset(world)({ run: RUN });
  return world;
}

/** A request for all that lies below the prefix, as a person or a schedule makes it. */
async function wholePrefix(): Promise<World> {
  const world = newWorld();
  await upload(world, {});
  const id = "00000000000000aa";
  await world.requests.insert({
    id,
    pipeline: "support",
    source: "manual",
    requestedAt: NOW,
    datasets: [],
    requestedBy: "ada",
    state: "received",
  });
  await createStartRun(world)({ run: RUN, requests: [id] });
  await createBeginRun({ ...world, limits: LIMITS })({ run: RUN });
  return world;
}

describe("freezeDataset", () => {
  test("takes the blobs that the requests name, in the order of their names", async () => {
    const world = await begun(TWO_FILES);

    const answer = await createFreezeDataset(world)({ run: RUN });

    const blobs = await readFrozen(world.files, RUN);
    expect(answer).toEqual({ blobs: 2 });
    expect(blobs.map(({ name }) => name)).toEqual(["support/a.json", "support/b.jsonl"]);
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => begun(TWO_FILES),
      act: async (world) => createFreezeDataset(world)({ run: RUN }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(9);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("stays with what it froze, whatever is dropped or replaced later", async () => {
    const world = await frozen();
    const before = await readFrozen(world.files, RUN);
    await world.datasets.upload("datasets", "support/a.jsonl", "something else");

    const answer = await createFreezeDataset(world)({ run: RUN });

    expect(answer).toEqual({ blobs: 1 });
    expect(await readFrozen(world.files, RUN)).toEqual(before);
  });

  test("takes the whole prefix for a request that names no blob", async () => {
    const world = await wholePrefix();
    await world.datasets.upload("datasets", "support/z.jsonl", GOOD);
    await world.datasets.upload("datasets", "support/y.jsonl", GOOD);
    await world.datasets.upload("datasets", "sales/x.jsonl", GOOD);

    await createFreezeDataset(world)({ run: RUN });

    const blobs = await readFrozen(world.files, RUN);
    expect(blobs.map(({ name }) => name)).toEqual(["support/y.jsonl", "support/z.jsonl"]);
  });

  test("finds nothing below an empty prefix", async () => {
    const world = await wholePrefix();

    const freezing = createFreezeDataset(world)({ run: RUN });

    await expect(freezing).rejects.toMatchObject({
      code: "DATASET_NOT_FOUND",
      message: "There is no blob below datasets/support/",
    });
  });

  test("refuses a blob that was replaced since its event", async () => {
    const world = await begun();
    await world.datasets.upload("datasets", "support/a.jsonl", GOOD);

    const freezing = createFreezeDataset(world)({ run: RUN });

    await expect(freezing).rejects.toMatchObject({ code: "DATASET_CHANGED" });
    expect(await world.files.find({ run: RUN, name: "frozen.json" })).toBeUndefined();
  });

  test("refuses a blob that was deleted since its event", async () => {
    const world = await begun();
    await world.datasets.remove("datasets", "support/a.jsonl");

    const freezing = createFreezeDataset(world)({ run: RUN });

    await expect(freezing).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
  });

  test("refuses by name what lies below the prefix in another format", async () => {
    const world = await wholePrefix();
    await world.datasets.upload("datasets", "support/a.csv", GOOD);
    await world.datasets.upload("datasets", "support/b.jsonl", GOOD);

    const freezing = createFreezeDataset(world)({ run: RUN });

    await expect(freezing).rejects.toMatchObject({
      code: "UNSUPPORTED",
      details: ["support/a.csv: .csv is not supported; today: .jsonl and .json"],
    });
  });

  test("refuses a run whose requests are gone, and keeps no empty list", async () => {
    const world = await begun();

    const freezing = createFreezeDataset({ ...world, requests: newWorld().requests })({ run: RUN });

    await expect(freezing).rejects.toMatchObject({ code: "DATASET_NOT_FOUND" });
    expect(await world.files.find({ run: RUN, name: "frozen.json" })).toBeUndefined();
  });

  test("refuses a run that has kept no pipeline", async () => {
    const world = newWorld();
    const requests = await upload(world);
    await createStartRun(world)({ run: RUN, requests });

    const freezing = createFreezeDataset(world)({ run: RUN });

    await expect(freezing).rejects.toMatchObject({
      code: "INTERNAL",
      message: "The pipeline of run support-1 was not kept",
    });
  });
});
