import { describe, expect, test } from "vitest";

import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { createQuarantineVersion } from "../../../../functions/activities/quarantine-version.ts";
import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import { createServingRoutes } from "../../../../functions/api/serving.ts";
import { createVersionRoutes } from "../../../../functions/api/versions.ts";
import { ServingView, VersionList, VersionView } from "../../../../shared/contracts/http-api.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";
import { fakeImage } from "../../../support/fakes/fake-adapters.ts";
import { register, RUN, upload } from "../support/arrange.ts";
import { call } from "../support/call.ts";
import { newWorld, NOW, type World } from "../support/world.ts";

const BASE = "phi-4-mini-instruct";
const SUPPORT = { pipeline: "support" };

async function serving(): Promise<World> {
  const world = newWorld();
  await register(world, "one");
  await createStartRollout(world)({ run: RUN, version: 1 });
  await createRecordRelease(world)({ run: RUN, version: 1 });
  world.serving.serve("support", [BASE, "support"]);
  return world;
}

describe("GET pipelines/{pipeline}/serving", () => {
  test("says what the cluster says", async () => {
    const world = await serving();

    const answer = await createServingRoutes(world).get(call(SUPPORT));

    expect(ServingView.parse(answer)).toEqual({
      service: "support",
      workspace: "support-blue",
      version: 1,
      digest: fakeImage("one").digest,
      ready: false,
    });
  });

  test("says that nothing serves yet", async () => {
    const world = newWorld();
    await upload(world);

    const answer = await createServingRoutes(world).get(call(SUPPORT));

    expect(answer).toEqual({ service: "support", ready: false });
  });

  test("reports what was changed behind our back", async () => {
    const world = await serving();
    await register(world, "two", "support-2");
    await createStartRollout(world)({ run: "support-2", version: 2 });

    const answer = await createServingRoutes(world).get(call(SUPPORT));

    expect(answer.drift).toBe("v1 was released, and v2 is in the Workspace");
  });

  test.each([{ pipeline: "sales" }, {}])("knows no such pipeline: %j", async (params) => {
    const world = await serving();

    const getting = createServingRoutes(world).get(call(params));

    await expect(getting).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("POST pipelines/{pipeline}/ask", () => {
  test.each([
    [{ question: "How?" }, { answer: "support says: How?", model: "support", version: 1 }],
    [
      { question: "How?", of: "base" },
      { answer: `${BASE} says: How?`, model: BASE },
    ],
  ])("asks as %j", async (body, expected) => {
    const world = await serving();

    const answer = await createServingRoutes(world).ask(call(SUPPORT, { body }));

    expect(answer).toEqual({ question: "How?", ...expected });
  });

  test("names no version of an adapter that is none of ours", async () => {
    const world = await serving();
    const seen = await world.serving.observe("support-blue", "support");
    const workspace = { resourceVersion: "9", adapters: [], conditions: [] };
    world.serving.show("support-blue", { ...seen, workspace });

    const answer = await createServingRoutes(world).ask(call(SUPPORT, { body: { question: "?" } }));

    expect(answer).not.toHaveProperty("version");
  });

  test("refuses while nothing serves", async () => {
    const world = newWorld();
    await upload(world);

    const asking = createServingRoutes(world).ask(call(SUPPORT, { body: { question: "How?" } }));

    await expect(asking).rejects.toMatchObject({
      code: "CONFLICT",
      message: "Nothing serves for support yet",
    });
  });

  test.each([{}, { question: "" }, { question: "How?", of: "v1" }, { question: "x", model: "y" }])(
    "refuses the body %j",
    async (body) => {
      const world = await serving();

      const asking = createServingRoutes(world).ask(call(SUPPORT, { body }));

      await expect(asking).rejects.toMatchObject({ code: "INVALID" });
    },
  );

  test("knows no such pipeline", async () => {
    const world = await serving();
    const body = { question: "How?" };

    const askings = [{ pipeline: "sales" }, {}].map(async (params) =>
      createServingRoutes(world).ask(call(params, { body })),
    );

    for (const asking of askings) await expect(asking).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test.each([
    new TransientError("CLUSTER_UNAVAILABLE", "no endpoints"),
    new PermanentError("PERMISSION_DENIED", "services/proxy"),
  ])("passes on what the cluster says: %s", async (error) => {
    const world = await serving();
    world.serving.failNext("ask", error);

    const asking = createServingRoutes(world).ask(call(SUPPORT, { body: { question: "How?" } }));

    await expect(asking).rejects.toBe(error);
  });
});

describe("GET pipelines/{pipeline}/versions", () => {
  async function two(): Promise<World> {
    const world = await serving();
    await register(world, "two", "support-2");
    await createQuarantineVersion(world)({ run: "support-2", version: 2, reason: "it crashed" });
    return world;
  }

  test("lists them newest first, with what serves and what is quarantined", async () => {
    const world = await two();

    const answer = await createVersionRoutes(world).list(call(SUPPORT));

    const { versions } = VersionList.parse(answer);
    expect(versions).toMatchObject([
      { version: 2, serving: false, quarantine: { reason: "it crashed", at: NOW } },
      {
        version: 1,
        serving: true,
        image: `registry.example/adapters/support@${fakeImage("one").digest}`,
      },
    ]);
    expect(versions[1]).not.toHaveProperty("quarantine");
  });

  test.each(["1", "v1"])("gives one by its number: %s", async (version) => {
    const world = await two();

    const answer = await createVersionRoutes(world).get(call({ ...SUPPORT, version }));

    expect(VersionView.parse(answer).lineage).toMatchObject({ run: RUN, rows: 2 });
  });

  test.each(["3", "v", "vv1", "01", "1 or 1", ""])("knows no version %j", async (version) => {
    const world = await two();

    const getting = createVersionRoutes(world).get(call({ ...SUPPORT, version }));

    await expect(getting).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: `There is no version ${version}`,
    });
  });

  test.each([{ pipeline: "sales", version: "1" }, {}])("knows nothing of %j", async (params) => {
    const world = await two();
    const { list, get } = createVersionRoutes(world);

    const asked = [list(call(params)), get(call({ ...SUPPORT, ...params }))];

    await expect(asked[0]).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(asked[1]).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
