import { describe, expect, test } from "vitest";

import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import type { InferenceManifests } from "../../../../shared/domain/inference-manifests.ts";
import { FakeServingCluster } from "../../../support/fakes/fake-serving-cluster.ts";
import { RUN } from "../support/arrange.ts";
import { first, imageOf, requireWorkspace, second, served } from "../support/arrange-serving.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld } from "../support/world.ts";

/** Notes which Services it was asked to create. */
class RecordingCluster extends FakeServingCluster {
  readonly created: string[] = [];

  override async create(manifests: InferenceManifests): Promise<void> {
    await super.create(manifests);
    this.created.push(manifests.service.metadata.name);
  }
}

describe("startRollout", () => {
  test("creates Workspace and Service for the first version", async () => {
    const world = await first();

    const answer = await createStartRollout(world)({ run: RUN, version: 1 });

    expect(answer).toEqual({
      action: "created",
    });
    expect(served(world)).toEqual([imageOf("one")]);
    expect(world.serving.dockerConfig("support-pull")).toContain("registry.example");
  });

  test("replaces the adapter of what serves, and says its hash before", async () => {
    const world = await second();
    const { workspace } = await world.serving.observe("support-blue", "support");

    const answer = await createStartRollout(world)({ run: "support-2", version: 2 });

    expect(answer).toEqual({
      action: "changed",
      oldHash: workspace?.hash,
    });
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test("finds at a second try what the first one changed", async () => {
    const world = await second();
    await createStartRollout(world)({ run: "support-2", version: 2 });

    const answer = await createStartRollout(world)({ run: "support-2", version: 2 });

    expect(answer).toEqual({
      action: "unchanged",
    });
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test.each([
    ["the first version", first, { run: RUN, version: 1 }, 5],
    ["the next version", second, { run: "support-2", version: 2 }, 6],
  ] as const)("leaves the same cluster wherever it dies: %s", async (_of, arrange, of, calls) => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => arrange(),
      act: async (world) => createStartRollout(world)(of),
      look: everything,
    });

    const states = Object.values(crashed).map(({ state }) => state);
    expect(states).toHaveLength(calls);
    for (const state of states) expect(state).toEqual(undisturbed.state);
  });

  test("goes back by the same step, by what stands in the cluster", async () => {
    const world = await second();
    await createStartRollout(world)({ run: "support-2", version: 2 });

    const answer = await createStartRollout(world)({ run: "support-2", version: 1 });

    expect(answer).toMatchObject({ action: "changed" });
    expect(served(world)).toEqual([imageOf("one")]);
  });

  test("has nothing to go back from when the change never reached the cluster", async () => {
    const world = await second();

    const answer = await createStartRollout(world)({ run: "support-2", version: 1 });

    expect(answer).toEqual({
      action: "unchanged",
    });
    expect(served(world)).toEqual([imageOf("one")]);
  });

  test("makes the Service when an earlier try died between the Workspace and it", async () => {
    const serving = new RecordingCluster();
    const world = await second({ ...newWorld(), serving });
    serving.created.length = 0;
    const seen = await serving.observe("support-blue", "support");
    serving.show("support-blue", without(seen, "service"));

    const answer = await createStartRollout(world)({ run: "support-2", version: 2 });

    expect(serving.created).toEqual(["support"]);
    expect(answer).toMatchObject({ action: "changed" });
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test("puts one adapter in the place of several", async () => {
    const world = await second();
    const seen = await world.serving.observe("support-blue", "support");
    const adapters = ["two", "one"].map((name) => ({ name, image: imageOf(name) }));
    const workspace = { ...requireWorkspace(seen), adapters };
    world.serving.show("support-blue", { ...seen, workspace });

    const answer = await createStartRollout(world)({ run: "support-2", version: 2 });

    expect(answer.action).toBe("changed");
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test("says no old hash when KAITO has not written one yet", async () => {
    const world = await second();
    const seen = await world.serving.observe("support-blue", "support");
    const workspace = without(requireWorkspace(seen), "hash");
    world.serving.show("support-blue", { ...seen, workspace });

    const answer = await createStartRollout(world)({ run: "support-2", version: 2 });

    expect(answer).toEqual({
      action: "changed",
    });
  });

  test.each([{ ownedBy: "sales" }, { ownedBy: undefined }])(
    "leaves alone what is not this pipeline's: %j",
    async ({ ownedBy }) => {
      const world = await second();
      const seen = await world.serving.observe("support-blue", "support");
      const { ownedBy: _, ...rest } = requireWorkspace(seen);
      const workspace = { ...rest, ...(ownedBy !== undefined && { ownedBy }) };
      world.serving.show("support-blue", { ...seen, workspace });

      const starting = createStartRollout(world)({ run: "support-2", version: 2 });

      await expect(starting).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
      expect(served(world)).toEqual([imageOf("one")]);
    },
  );
});

function without<Whole extends object, Key extends keyof Whole>(
  whole: Whole,
  key: Key,
): Omit<Whole, Key> {
  const { [key]: _, ...rest } = whole;
  return rest;
}
