import { describe, expect, test } from "vitest";

import { createEndRun } from "../../../../functions/activities/end-run.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { createStartTuning } from "../../../../functions/activities/start-tuning.ts";
import { createSweep } from "../../../../functions/triggers/sweep.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { begin, prepare, rowOf, RUN, upload } from "../support/arrange.ts";
import { everything, LATER, newWorld, NOW, type World } from "../support/world.ts";

const STALE_MS = 300_000;

/** A sweep an hour after all that a test arranged. */
async function sweep(world: World, now = LATER) {
  const options = { staleAfterMs: STALE_MS, pauseMs: 10_000, now: () => new Date(now) };
  return createSweep({ ...world, ...options })(world.engine);
}

/** Run 1 is under way. */
async function begun(): Promise<World> {
  const world = newWorld();
  const [request = ""] = await begin(world);
  world.engine.end(`admit-support-${request}`);
  return world;
}

describe("the sweep", () => {
  test("does nothing on a good day", async () => {
    const world = await begun();
    const before = await everything(world);

    const swept = await sweep(world);

    expect(swept).toEqual([]);
    expect(await everything(world)).toEqual(before);
  });

  test("offers a request again that was received and left", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    const instance = `admit-support-${request}`;
    world.engine.end(instance);

    const swept = await sweep(world);

    expect(swept).toEqual([`offered request ${request} of support again`]);
    expect(world.engine.running()[instance]?.input).toEqual({ pipeline: "support", request });
  });

  test("does twice what may be done twice", async () => {
    const world = newWorld();
    await upload(world);
    await sweep(world);
    const before = await everything(world);

    await sweep(world);

    expect(await everything(world)).toEqual(before);
    expect(world.engine.starts).toBe(1);
  });

  test("leaves alone what came a moment ago", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    world.engine.end(`admit-support-${request}`);
    await createStartRun(world)({ run: RUN, requests: [] });
    world.engine.end(RUN);

    const swept = await sweep(world, "2026-03-01T12:04:59.000Z");

    expect(swept).toEqual([]);
  });

  test("starts a run that has a row and no orchestration, with its requests", async () => {
    const world = newWorld();
    const requests = await upload(world);
    const { engine } = world;
    const dying = { ...world, engine: newWorld().engine };
    dying.engine.breakDown(new TransientError("STORAGE_UNAVAILABLE", "no answer"));
    const starting = createStartRun({ ...dying, requests: newWorld().requests });
    await expect(starting({ run: RUN, requests })).rejects.toThrow("no answer");

    const swept = await sweep(world);

    expect(swept).toContain("started run support-1, which had a row and no orchestration");
    expect(engine.running()[RUN]).toEqual({ name: "run", input: { run: RUN } });
    const found = await world.requests.find("support", requests[0] ?? "");
    expect(found?.row).toMatchObject({ state: "running", run: RUN });
  });

  test("buries a run whose orchestration was ended from outside", async () => {
    const world = await begun();
    world.engine.end(RUN);

    const swept = await sweep(world);

    expect(swept).toEqual(["ended run support-1, whose orchestration is gone"]);
    expect(world.engine.running()).toEqual({
      "bury-support-1": { name: "bury", input: { run: RUN, pauseMs: 10_000 } },
    });
    expect(await rowOf(world)).toMatchObject({ phase: "Collecting" });
  });

  test("removes what a run left that has ended", async () => {
    const world = newWorld();
    await prepare(world);
    await createStartTuning(world)({ run: RUN });
    await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });

    const swept = await sweep(world);

    expect(swept).toEqual(["removed what run support-1 had left"]);
    expect(await world.cluster.objects()).toEqual([]);
  });

  test("removes nothing of a run under way, nor of one that it does not know", async () => {
    const world = newWorld();
    await prepare(world);
    await createStartTuning(world)({ run: RUN });
    world.cluster.add({ kind: "Workspace", name: "rf-x-9", run: "x-9", createdAt: NOW });
    world.cluster.add({ kind: "Workspace", name: "w", run: "", createdAt: NOW });
    const before = await world.cluster.objects();

    await sweep(world);

    expect(await world.cluster.objects()).toEqual(before);
  });

  test("does the rest of its work when one part fails, and does not hide that", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    world.engine.end(`admit-support-${request}`);
    world.cluster.failNext("objects", new TransientError("CLUSTER_UNAVAILABLE", "no answer"));

    const sweeping = sweep(world);

    await expect(sweeping).rejects.toThrow("CLUSTER_UNAVAILABLE: no answer");
    expect(world.engine.running()).toHaveProperty(`admit-support-${request}`);
  });
});
