import { describe, expect, test } from "vitest";

import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";
import type { AdapterChange } from "../../../../shared/ports/serving-cluster.ts";
import { FakeServingCluster } from "../../../support/fakes/fake-serving-cluster.ts";
import {
  imageOf,
  requireWorkspace,
  second,
  type SeenWorkspace,
  served,
} from "../support/arrange-serving.ts";
import { ContestedServing } from "../support/contested.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, type World } from "../support/world.ts";

const NEXT = { run: "support-2", version: 2 };

const REFUSED = new PermanentError("WORKSPACE_CHANGED", "Workspace support-blue is another by now");

/** v1 serves, and KAITO writes that often into its Workspace between a look and the change. */
async function contested(writes: number): Promise<World & { readonly serving: ContestedServing }> {
  const serving = new ContestedServing();
  const world = { ...newWorld(), serving };
  await second(world);
  serving.writesOfKaito = writes;
  serving.looks = 0;
  return world;
}

/** Somebody else is faster than a change. */
class OvertakenCluster extends FakeServingCluster {
  changes = 0;
  meanwhile: () => void = () => {};

  override async changeAdapter(change: AdapterChange): Promise<void> {
    this.changes += 1;
    this.meanwhile();
    await super.changeAdapter(change);
  }
}

/** v1 serves; the change is refused because by then the Workspace is what `rewrite` makes of it. */
async function overtaken(
  rewrite: (seen: SeenWorkspace) => SeenWorkspace | undefined,
): Promise<World & { readonly serving: OvertakenCluster }> {
  const serving = new OvertakenCluster();
  const world = { ...newWorld(), serving };
  await second(world);
  const seen = await serving.observe("support-blue", "support");
  const workspace = rewrite(requireWorkspace(seen));
  serving.meanwhile = () => {
    serving.failNext("changeAdapter", REFUSED);
    serving.show("support-blue", { pods: [], ...(workspace && { workspace }) });
  };
  return world;
}

describe("startRollout, when others write into the Workspace", () => {
  test.each([1, 5])("changes the adapter although KAITO wrote %i times", async (writes) => {
    const world = await contested(writes);

    const answer = await createStartRollout(world)(NEXT);

    expect(answer).toMatchObject({ action: "changed" });
    expect(world.serving.looks).toBe(writes + 1);
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test("gives the hash that KAITO wrote meanwhile as the old one", async () => {
    const world = await contested(0);
    const { workspace } = await world.serving.observe("support-blue", "support");
    world.serving.writesOfKaito = 1;

    const answer = await createStartRollout(world)(NEXT);

    expect(answer.oldHash).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.oldHash).toBe(workspace?.hash);
  });

  test("gives up on a Workspace that never stands still", async () => {
    const world = await contested(100);

    const starting = createStartRollout(world)(NEXT);

    await expect(starting).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
    expect(world.serving.looks).toBe(6);
    expect(served(world)).toEqual([imageOf("one")]);
  });

  test("leaves the same cluster wherever it dies", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => contested(2),
      act: async (world) => createStartRollout(world)(NEXT),
      look: everything,
    });

    const states = Object.values(crashed).map(({ state }) => state);
    expect(states).toHaveLength(8);
    for (const state of states) expect(state).toEqual(undisturbed.state);
  });

  test("is done when the same activity, run twice at once, was faster", async () => {
    const world = await overtaken((seen) => ({ ...seen, adapters: adapters("support", "two") }));

    const answer = await createStartRollout(world)(NEXT);

    expect(answer.action).toBe("changed");
    expect(world.serving.changes).toBe(1);
  });

  test.each<[string, (seen: SeenWorkspace) => SeenWorkspace | undefined]>([
    ["was deleted", () => undefined],
    ["belongs to another pipeline", (seen) => ({ ...seen, ownedBy: "sales" })],
    ["has no adapter any more", (seen) => ({ ...seen, adapters: [] })],
    ["has another image", (seen) => ({ ...seen, adapters: adapters("support", "three") })],
    ["has another name", (seen) => ({ ...seen, adapters: adapters("sales", "one") })],
    [
      "has one adapter more",
      (seen) => ({ ...seen, adapters: [...seen.adapters, ...adapters("sales", "three")] }),
    ],
  ])("leaves alone a Workspace that meanwhile %s", async (_what, rewrite) => {
    const world = await overtaken(rewrite);

    const starting = createStartRollout(world)(NEXT);

    await expect(starting).rejects.toBe(REFUSED);
    expect(world.serving.changes).toBe(1);
    expect(served(world)).toEqual([imageOf("one")]);
  });

  test("changes the adapter although somebody wrote what no rollout reads", async () => {
    const world = await overtaken((seen) => ({ ...seen, resourceVersion: "1", state: "Ready" }));
    const { meanwhile } = world.serving;
    world.serving.meanwhile = () => {
      if (world.serving.changes === 1) meanwhile();
    };

    const answer = await createStartRollout(world)(NEXT);

    expect(answer.action).toBe("changed");
    expect(world.serving.changes).toBe(2);
    expect(served(world)).toEqual([imageOf("two")]);
  });

  test.each([
    new PermanentError("PERMISSION_DENIED", "no"),
    new TransientError("CLUSTER_UNAVAILABLE", "no answer"),
  ])("does not try again on %s", async (error) => {
    const world = await second();
    world.serving.failNext("changeAdapter", error);

    const starting = createStartRollout(world)(NEXT);

    await expect(starting).rejects.toBe(error);
    expect(served(world)).toEqual([imageOf("one")]);
  });

  test("is tried again by the host when the second look finds no cluster", async () => {
    const outage = new TransientError("CLUSTER_UNAVAILABLE", "no answer");
    const world = await overtaken((seen) => seen);
    const { meanwhile } = world.serving;
    world.serving.meanwhile = () => {
      meanwhile();
      world.serving.failNext("observe", outage);
    };

    const starting = createStartRollout(world)(NEXT);

    await expect(starting).rejects.toBe(outage);
    expect(served(world)).toEqual([imageOf("one")]);
  });
});

function adapters(name: string, image: string): SeenWorkspace["adapters"] {
  return [{ name, image: imageOf(image) }];
}
