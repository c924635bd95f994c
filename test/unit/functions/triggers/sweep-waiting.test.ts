import { describe, expect, test } from "vitest";

import { createEndRun } from "../../../../functions/activities/end-run.ts";
import { createMarkWaiting } from "../../../../functions/activities/mark-waiting.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { createSweep } from "../../../../functions/triggers/sweep.ts";
import type { RunRecord } from "../../../../shared/domain/run.ts";
import type { Page } from "../../../../shared/ports/requests.ts";
import { FakeRuns } from "../../../support/fakes/fake-runs.ts";
import { begin, rowOf, RUN, upload } from "../support/arrange.ts";
import { LATER, newWorld, NOW, type World } from "../support/world.ts";

async function sweep(world: World): Promise<readonly string[]> {
  const options = { staleAfterMs: 300_000, pauseMs: 10_000, now: () => new Date(LATER) };
  return createSweep({ ...world, ...options })(world.engine);
}

/** Rows of runs, of which one is inserted just before somebody lists them. */
class BeginningRuns extends FakeRuns {
  override async list(pipeline: string | undefined, pageSize: number): Promise<Page<RunRecord>> {
    await this.insert({
      id: RUN,
      pipeline: "support",
      sequence: 1,
      generation: 1,
      requests: [],
      phase: "Collecting",
      phases: [{ phase: "Collecting", at: NOW }],
      createdAt: LATER,
      updatedAt: LATER,
      leftBehind: [],
    });
    return super.list(pipeline, pageSize);
  }
}

describe("the sweep, with a request that waits", () => {
  /** Run 1 is under way, and a second request waits for its turn. */
  async function waiting(): Promise<{ world: World; request: string }> {
    const world = newWorld();
    const [first = ""] = await begin(world);
    world.engine.end(`admit-support-${first}`);
    const [request = ""] = await upload(world, { "support/b.jsonl": "2" });
    await createMarkWaiting(world.requests)({ pipeline: "support", request });
    world.engine.end(`admit-support-${request}`);
    return { world, request };
  }

  test("lets it wait while a run is under way", async () => {
    const { world } = await waiting();

    const swept = await sweep(world);

    expect(swept).toEqual([]);
  });

  test("lets it wait while the run before still cleans up behind its end", async () => {
    const { world, request } = await waiting();
    await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });

    const swept = await sweep(world);

    expect(swept).toEqual([`offered request ${request} of support again`]);
    expect(world.engine.running()).not.toHaveProperty("bury-support-1");
  });

  test("ends the turn of a run that was stopped before it handed over", async () => {
    const { world, request } = await waiting();
    await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });
    world.engine.end(RUN);

    const swept = await sweep(world);

    expect(swept).toEqual([
      "ended the turn of run support-1",
      `offered request ${request} of support again`,
    ]);
    expect(Object.keys(world.engine.running()).toSorted()).toEqual([
      `admit-support-${request}`,
      "bury-support-1",
    ]);
  });

  test("ends the turn of a run of which the engine knows nothing any more", async () => {
    const { world, request } = await waiting();
    await createEndRun(world)({ run: RUN, phase: "Succeeded", leftBehind: [] });
    const hub = { ...world, engine: newWorld().engine };

    const swept = await sweep(hub);

    expect(swept).toEqual([
      "ended the turn of run support-1",
      `offered request ${request} of support again`,
    ]);
    expect(hub.engine.running()["bury-support-1"]).toEqual({
      name: "bury",
      input: { run: RUN, pauseMs: 10_000 },
    });
    expect(await rowOf(world)).toMatchObject({ phase: "Succeeded" });
  });

  test("ends a turn once, however many wait and however often it looks", async () => {
    const { world } = await waiting();
    const [third = ""] = await upload(world, { "support/c.jsonl": "3" });
    await createMarkWaiting(world.requests)({ pipeline: "support", request: third });
    await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });
    world.engine.end(RUN);
    const startsBefore = world.engine.starts;

    const swept = await sweep(world);
    await sweep(world);

    expect(swept).toHaveLength(3);
    expect(swept[0]).toBe("ended the turn of run support-1");
    // One bury and the second request again; the third is being admitted still.
    expect(world.engine.starts - startsBefore).toBe(2);
  });

  test("ends the turn of its own pipeline only", async () => {
    const { world } = await waiting();
    await createStartRun(world)({ run: "sales-1", requests: [] });
    await createEndRun(world)({ run: "sales-1", phase: "Succeeded", leftBehind: [] });
    world.engine.end("sales-1");
    await createEndRun(world)({ run: RUN, phase: "Failed", leftBehind: [] });
    world.engine.end(RUN);

    await sweep(world);

    expect(world.engine.running()).toHaveProperty("bury-support-1");
    expect(world.engine.running()).not.toHaveProperty("bury-sales-1");
  });

  test("leaves alone a run that began while the sweep was looking", async () => {
    const world = { ...newWorld(), runs: new BeginningRuns() };
    const [request = ""] = await upload(world);
    await createMarkWaiting(world.requests)({ pipeline: "support", request });

    const swept = await sweep(world);

    // Its row is there and its orchestration is not yet: just so does a lost one look.
    expect(await rowOf(world)).toMatchObject({ phase: "Collecting" });
    expect(swept).toEqual([`offered request ${request} of support again`]);
    expect(world.engine.running()).not.toHaveProperty("bury-support-1");
  });

  test("offers it again when there never was a run", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    await createMarkWaiting(world.requests)({ pipeline: "support", request });

    const swept = await sweep(world);

    expect(swept).toEqual([`offered request ${request} of support again`]);
  });
});
