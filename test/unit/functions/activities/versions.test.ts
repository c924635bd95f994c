import { describe, expect, test } from "vitest";

import { createClaimVersion } from "../../../../functions/activities/claim-version.ts";
import { createPublishVersion } from "../../../../functions/activities/publish-version.ts";
import { createQuarantineVersion } from "../../../../functions/activities/quarantine-version.ts";
import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { createVerifyAdapter } from "../../../../functions/activities/verify-adapter.ts";
import { fakeImage } from "../../../support/fakes/fake-adapters.ts";
import { GOOD, prepare, register, rowOf, RUN } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, LATER, newWorld, NOW, type World } from "../support/world.ts";

const REPOSITORY = "adapters/support";
const LINEAGE = "application/vnd.rollforward.lineage.v1+json";

async function pushed(image = fakeImage("one")): Promise<World> {
  const world = newWorld();
  await prepare(world);
  world.adapters.push(REPOSITORY, "run-support-1", image);
  return world;
}

function claimOf({ digest, contentHash, rank, sizeBytes } = fakeImage("one"), run = RUN) {
  return { run, digest, contentHash, rank, sizeBytes };
}

describe("verifyAdapter", () => {
  test("gives what was found under the run's own tag", async () => {
    const world = await pushed();

    const answer = await createVerifyAdapter(world)({ run: RUN });

    const { digest, contentHash, rank, sizeBytes } = fakeImage("one");
    expect(answer).toEqual({ digest, contentHash, rank, sizeBytes });
  });

  test("fails when the Job ended well and pushed nothing", async () => {
    const world = newWorld();
    await prepare(world);

    const verifying = createVerifyAdapter(world)({ run: RUN });

    await expect(verifying).rejects.toMatchObject({
      code: "PUSH_FAILED",
      message: "The Job ended well, but adapters/support has no tag run-support-1",
    });
  });

  test("expects the model and the rank of the run's own document", async () => {
    const world = await pushed(fakeImage("one", { model: "phi-4", rank: 64 }));

    const verifying = createVerifyAdapter(world)({ run: RUN });

    await expect(verifying).rejects.toMatchObject({
      code: "ADAPTER_INVALID",
      details: ["the model is phi-4, not phi-4-mini-instruct", "r is 64, not 8"],
    });
  });
});

describe("claimVersion", () => {
  test("takes the next number, with all that the version was made of", async () => {
    const world = await pushed();

    const answer = await createClaimVersion(world)(claimOf());

    const record = await world.versions.find("support", 1);
    const { digest, contentHash } = fakeImage("one");
    expect(answer).toEqual({ version: 1, isNew: true });
    expect(record).toMatchObject({ state: "claimed", digest, contentHash, createdAt: NOW });
    expect(record?.lineage).toMatchObject({
      pipeline: "support",
      generation: 1,
      run: "support-1",
      model: "phi-4-mini-instruct",
      method: "qlora",
      rows: 2,
      blobs: [{ container: "datasets", name: "support/a.jsonl", rows: 2 }],
    });
    expect(await rowOf(world)).toMatchObject({ version: 1, digest });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: pushed,
      act: async (world) => createClaimVersion(world)(claimOf()),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(7);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("gives the same bytes the version that they have, by its own digest", async () => {
    const world = newWorld();
    await register(world, "one");
    await prepare(world, { "support/b.jsonl": GOOD }, "support-2");
    const again = fakeImage("pushed again", { weights: "one" });

    const answer = await createClaimVersion(world)(claimOf(again, "support-2"));

    expect(answer).toEqual({ version: 1, isNew: false });
    const { digest } = fakeImage("one");
    expect(await rowOf(world, "support-2")).toMatchObject({ version: 1, digest });
  });

  test("gives other bytes a version of their own", async () => {
    const world = newWorld();
    await register(world, "one");

    const version = await register(world, "two", "support-2");

    expect(version).toBe(2);
  });

  test("refuses bytes that failed in serving before", async () => {
    const world = newWorld();
    await register(world, "one");
    await createQuarantineVersion(world)({ run: RUN, version: 1, reason: "it crashed" });
    await prepare(world, { "support/b.jsonl": GOOD }, "support-2");
    const again = fakeImage("pushed again", { weights: "one" });

    const claiming = createClaimVersion(world)(claimOf(again, "support-2"));

    await expect(claiming).rejects.toMatchObject({
      code: "VERSION_CONFLICT",
      message: `These are the bytes of v1, which is quarantined since ${NOW}: it crashed`,
    });
    expect(await rowOf(world, "support-2")).not.toHaveProperty("version");
  });
});

describe("publishVersion", () => {
  async function claimed(): Promise<World> {
    const world = await pushed();
    await createClaimVersion(world)(claimOf());
    return world;
  }

  test("tags, locks, describes and completes the version, and drops KAITO's tag", async () => {
    const world = await claimed();

    await createPublishVersion(world)({ run: RUN, version: 1 });

    const { digest } = fakeImage("one");
    const record = await world.versions.find("support", 1);
    expect(world.adapters.tags(REPOSITORY)).toEqual({ v1: digest });
    expect(world.adapters.locked(REPOSITORY)).toEqual({ tags: ["v1"], images: [digest] });
    expect(world.adapters.documents(REPOSITORY, digest, LINEAGE)).toEqual([
      JSON.stringify(record?.lineage),
    ]);
    expect(record?.state).toBe("active");
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: claimed,
      act: async (world) => createPublishVersion(world)({ run: RUN, version: 1 }),
      look: async (world) => ({
        ...(await everything(world)),
        documents: world.adapters.documents(REPOSITORY, fakeImage("one").digest, LINEAGE),
      }),
    });

    expect(Object.keys(crashed)).toHaveLength(5);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("does not complete a version whose tag is somebody else's", async () => {
    const world = await claimed();
    world.adapters.push(REPOSITORY, "v1", fakeImage("foreign"));

    const publishing = createPublishVersion(world)({ run: RUN, version: 1 });

    await expect(publishing).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
    expect(await world.versions.claimed()).toHaveLength(1);
  });

  test("knows no version that was not claimed", async () => {
    const world = await claimed();

    const publishing = createPublishVersion(world)({ run: RUN, version: 2 });

    await expect(publishing).rejects.toMatchObject({
      code: "INTERNAL",
      message: "support has no version v2",
    });
  });
});

describe("quarantineVersion", () => {
  test("names the bytes, not the number, and keeps the first reason", async () => {
    const world = newWorld();
    await register(world);
    const quarantine = createQuarantineVersion(world);

    await quarantine({ run: RUN, version: 1, reason: "it crashed" });
    await quarantine({ run: "support-2", version: 1, reason: "again" });

    const { contentHash } = fakeImage("one");
    expect(await world.versions.quarantined("support")).toEqual([
      { contentHash, version: 1, run: RUN, reason: "it crashed", at: NOW },
    ]);
  });
});

describe("recordRelease", () => {
  test("says what serves now, and says it once", async () => {
    const world = newWorld();
    await register(world);
    await createRecordRelease(world)({ run: RUN, version: 1 });

    await createRecordRelease({ ...world, now: () => new Date(LATER) })({ run: RUN, version: 1 });

    expect(await world.versions.latestRelease("support")).toEqual({
      pipeline: "support",
      sequence: 1,
      run: RUN,
      version: 1,
      digest: fakeImage("one").digest,
      workspace: "support-blue",
      strategy: "inPlace",
      at: NOW,
    });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = newWorld();
        await register(world);
        return world;
      },
      act: async (world) => createRecordRelease(world)({ run: RUN, version: 1 }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(3);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });
});
