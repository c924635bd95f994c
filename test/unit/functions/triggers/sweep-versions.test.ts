import { expect, test } from "vitest";

import { createClaimVersion } from "../../../../functions/activities/claim-version.ts";
import { createEndRun } from "../../../../functions/activities/end-run.ts";
import { createSweep } from "../../../../functions/triggers/sweep.ts";
import { fakeImage } from "../../../support/fakes/fake-adapters.ts";
import { prepare, RUN } from "../support/arrange.ts";
import { LATER, newWorld, type World } from "../support/world.ts";

const REPOSITORY = "adapters/support";

/** The run has taken the number 1, and its tag is not written. */
async function claimed(): Promise<World> {
  const world = newWorld();
  await prepare(world);
  const image = fakeImage("one");
  world.adapters.push(REPOSITORY, `run-${RUN}`, image);
  const { digest, contentHash, rank, sizeBytes } = image;
  await createClaimVersion(world)({ run: RUN, digest, contentHash, rank, sizeBytes });
  return world;
}

async function sweep(world: World): Promise<readonly string[]> {
  const options = { staleAfterMs: 7_200_000, pauseMs: 10_000, now: () => new Date(LATER) };
  return createSweep({ ...world, ...options })(world.engine);
}

test("completes a version whose run ended before its tag was written", async () => {
  const world = await claimed();
  await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });

  const swept = await sweep(world);

  expect(swept).toEqual(["completed v1 of support"]);
  expect(await world.versions.find("support", 1)).toMatchObject({ state: "active" });
  expect(world.adapters.tags(REPOSITORY)).toEqual({ v1: fakeImage("one").digest });
  expect(await sweep(world)).toEqual([]);
});

test("leaves a version alone whose run is still at it", async () => {
  const world = await claimed();

  const swept = await sweep(world);

  expect(swept).toEqual([]);
  expect(await world.versions.find("support", 1)).toMatchObject({ state: "claimed" });
});
