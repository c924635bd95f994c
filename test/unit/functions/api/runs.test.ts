import { describe, expect, test } from "vitest";

import { createRunRoutes } from "../../../../functions/api/runs.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { RunList, RunView } from "../../../../shared/contracts/http-api.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { begin, enterPhase, rowOf, RUN } from "../support/arrange.ts";
import { call } from "../support/call.ts";
import { LATER, newWorld, NOW, type World } from "../support/world.ts";

async function begun(): Promise<World> {
  const world = newWorld();
  await begin(world);
  return world;
}

describe("GET runs", () => {
  async function withRuns(): Promise<World> {
    const world = newWorld();
    for (const run of ["sales-1", "support-1", "support-2", "support-3"]) {
      await createStartRun(world)({ run, requests: ["0000000000000000"] });
    }
    return world;
  }

  test("lists those of a pipeline, newest first, page by page", async () => {
    const routes = createRunRoutes(await withRuns());

    const one = await routes.list(call({}, { query: "pipeline=support&limit=2" }));
    const query = `pipeline=support&limit=2&next=${one.next ?? ""}`;
    const two = await routes.list(call({}, { query }));

    expect(RunList.parse(one).runs.map(({ id }) => id)).toEqual(["support-3", "support-2"]);
    expect(two.runs.map(({ id }) => id)).toEqual(["support-1"]);
    expect(two).not.toHaveProperty("next");
  });

  test("lists those of all pipelines", async () => {
    const routes = createRunRoutes(await withRuns());

    const { runs } = await routes.list(call());

    expect(runs).toHaveLength(4);
  });

  test("refuses a query that it does not know", async () => {
    const routes = createRunRoutes(await withRuns());

    const listing = routes.list(call({}, { query: "phase=Failed" }));

    await expect(listing).rejects.toMatchObject({ code: "INVALID" });
  });
});

describe("GET runs/{run}", () => {
  test("gives the run's row", async () => {
    const world = await begun();

    const answer = await createRunRoutes(world).get(call({ run: RUN }));

    expect(RunView.parse(answer)).toEqual(await rowOf(world));
  });

  test.each(["support-2", "Support-1", "../support-1", "x'; drop", ""])(
    "knows no run %j",
    async (run) => {
      const world = await begun();

      const getting = createRunRoutes(world).get(call({ run }));

      await expect(getting).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: `There is no run ${run}`,
      });
    },
  );

  test("knows no run without an id", async () => {
    const getting = createRunRoutes(newWorld()).get(call());

    await expect(getting).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("POST runs/{run}/cancel", () => {
  test("writes the wish into the row, and wakes all that wait for the run", async () => {
    const world = await begun();

    const answer = await createRunRoutes(world).cancel(
      call({ run: RUN }, { body: { by: "ada" } }),
      world.engine,
    );

    const wish = { cancelRequestedAt: NOW, cancelRequestedBy: "ada" };
    expect(answer).toMatchObject({ phase: "Collecting", ...wish });
    expect(await rowOf(world)).toMatchObject(wish);
    expect(world.engine.woken()).toEqual(["serve-support-1", "support-1", "tune-support-1"]);
  });

  test("keeps the first wish and wakes again", async () => {
    const world = await begun();
    await createRunRoutes(world).cancel(call({ run: RUN }), world.engine);
    const later = { ...world, now: () => new Date(LATER) };

    const again = call({ run: RUN }, { body: { by: "bob" } });
    const answer = await createRunRoutes(later).cancel(again, world.engine);

    expect(answer).toMatchObject({ cancelRequestedAt: NOW, cancelRequestedBy: "unknown" });
    expect(world.engine.woken()).toHaveLength(6);
  });

  test("is not lost when the engine cannot be woken: the next look sees the row", async () => {
    const world = await begun();
    world.engine.breakDown(new TransientError("STORAGE_UNAVAILABLE", "no answer"));

    const answer = await createRunRoutes(world).cancel(call({ run: RUN }), world.engine);

    expect(answer.cancelRequestedAt).toBe(NOW);
    expect(await rowOf(world)).toMatchObject({ cancelRequestedAt: NOW });
  });

  test("refuses a run that has ended", async () => {
    const world = await begun();
    await enterPhase(world, "Succeeded");

    const cancelling = createRunRoutes(world).cancel(call({ run: RUN }), world.engine);

    await expect(cancelling).rejects.toMatchObject({
      code: "CONFLICT",
      message: "Run support-1 has ended: Succeeded",
    });
    expect(world.engine.woken()).toEqual([]);
  });

  test.each([{ by: 5 }, { by: "x".repeat(101) }, { By: "ada" }])(
    "refuses the body %j and wishes nothing",
    async (body) => {
      const world = await begun();

      const cancelling = createRunRoutes(world).cancel(call({ run: RUN }, { body }), world.engine);

      await expect(cancelling).rejects.toMatchObject({ code: "INVALID" });
      expect(await rowOf(world)).not.toHaveProperty("cancelRequestedAt");
    },
  );

  test("knows no such run", async () => {
    const world = await begun();

    const cancelling = createRunRoutes(world).cancel(call({ run: "support-9" }), world.engine);

    await expect(cancelling).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
