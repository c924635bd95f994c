import { describe, expect, test } from "vitest";

import { createPreflight } from "../../../../functions/activities/preflight.ts";
import { createStartTuning } from "../../../../functions/activities/start-tuning.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";
import { FakeTuningCluster } from "../../../support/fakes/fake-tuning-cluster.ts";
import type { TuningManifests } from "../../../../shared/domain/tuning-manifests.ts";
import { changeRow, enterPhase, prepare, RUN } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, NOW, type World } from "../support/world.ts";

const NAME = "rf-support-1";

async function prepared(): Promise<World> {
  const world = newWorld();
  await prepare(world);
  await enterPhase(world, "Tuning");
  return world;
}

describe("startTuning", () => {
  test("asks KAITO for a tuning under the run's own name", async () => {
    const world = await prepared();

    await createStartTuning(world)({ run: RUN });

    const manifests = world.cluster.manifests(NAME);
    expect(manifests?.workspace.tuning).toMatchObject({
      preset: { name: "phi-4-mini-instruct" },
      method: "qlora",
      output: { image: "registry.example/adapters/support:run-support-1", imagePushSecret: NAME },
    });
    expect(manifests?.workspace.tuning.input.urls).toEqual([
      expect.stringMatching(
        /^https:\/\/app\.example\/api\/datasets\/support-1\.[\w-]{43}\/train\.jsonl$/,
      ),
    ]);
    expect(manifests?.secret.stringData[".dockerconfigjson"]).toContain("registry.example");
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: prepared,
      act: async (world) => createStartTuning(world)({ run: RUN }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(5);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("creates nothing for a run that has ended", async () => {
    const world = await prepared();
    await enterPhase(world, "Failed");

    const starting = createStartTuning(world)({ run: RUN });

    await expect(starting).rejects.toMatchObject({
      code: "CANCELLED",
      message: "Run support-1 has ended: Failed",
    });
    expect(await world.cluster.objects()).toEqual([]);
  });

  test("creates nothing for a run that is to be cancelled", async () => {
    const world = await prepared();
    await changeRow(world, { cancelRequestedAt: NOW });

    const starting = createStartTuning(world)({ run: RUN });

    await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await world.cluster.objects()).toEqual([]);
  });

  test.each<Parameters<typeof changeRow>[1]>([{ phase: "Cancelled" }, { cancelRequestedAt: NOW }])(
    "removes what it made when meanwhile the run's row says %j",
    async (change) => {
      const cluster = new SlowCluster();
      const world = { ...(await prepared()), cluster };
      cluster.meanwhile = async () => changeRow(world, change);

      const starting = createStartTuning(world)({ run: RUN });

      await expect(starting).rejects.toMatchObject({ code: "CANCELLED" });
      expect(cluster.created).toBe(1);
      expect(await cluster.objects()).toEqual([]);
    },
  );

  test("settles on what admission says, and leaves nothing", async () => {
    const world = await prepared();
    world.cluster.failNext("create", new PermanentError("QUOTA_EXHAUSTED", "exceeded quota"));

    const starting = createStartTuning(world)({ run: RUN });

    await expect(starting).rejects.toMatchObject({ code: "QUOTA_EXHAUSTED" });
    expect(await world.cluster.objects()).toEqual([]);
  });
});

/** Takes long enough to create something that the world moves on. */
class SlowCluster extends FakeTuningCluster {
  created = 0;
  meanwhile: () => Promise<void> = async () => {};

  override async create(manifests: TuningManifests): Promise<void> {
    await super.create(manifests);
    this.created += 1;
    await this.meanwhile();
  }
}

describe("preflight", () => {
  test("creates nothing when all is well, however often it is asked", async () => {
    const world = await prepared();
    const before = await everything(world);

    await createPreflight(world)({ run: RUN });
    await createPreflight(world)({ run: RUN });

    expect(await everything(world)).toEqual(before);
  });

  test.each([
    ["the registry", "check", new PermanentError("PERMISSION_DENIED", "no")],
    ["the registry", "dockerConfig", new TransientError("REGISTRY_UNAVAILABLE", "down")],
  ] as const)("fails on what %s says to %s", async (_of, method, error) => {
    const world = await prepared();
    world.adapters.failNext(method, error);

    const checking = createPreflight(world)({ run: RUN });

    await expect(checking).rejects.toBe(error);
  });

  test("fails on what the cluster's admission says", async () => {
    const world = await prepared();
    const urls = { ...world.urls, urlFor: () => "file:///etc/passwd" };

    const checking = createPreflight({ ...world, urls })({ run: RUN });

    await expect(checking).rejects.toMatchObject({ code: "PIPELINE_INVALID" });
  });

  test.each([
    [{ ownedBy: "sales", preset: "phi-4-mini-instruct" }, "WORKSPACE_CHANGED", /belongs to sales$/],
    [{ preset: "phi-4-mini-instruct" }, "WORKSPACE_CHANGED", /belongs to somebody else$/],
    [{ ownedBy: "support", preset: "phi-4" }, "UNSUPPORTED", /serves phi-4, .* does not fit it$/],
  ])("refuses before it costs money: %j", async (present, code, message) => {
    const world = await prepared();
    const workspace = { resourceVersion: "1", adapters: [], conditions: [], ...present };
    world.serving.show("support-blue", { workspace, pods: [] });

    const checking = createPreflight(world)({ run: RUN });

    await expect(checking).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("is content with a Workspace that serves this pipeline's model", async () => {
    const world = await prepared();
    const present = { ownedBy: "support", preset: "phi-4-mini-instruct" };
    const workspace = { resourceVersion: "1", adapters: [], conditions: [], ...present };
    world.serving.show("support-blue", { workspace, pods: [] });

    const answer = await createPreflight(world)({ run: RUN });

    expect(answer).toBeNull();
  });
});
