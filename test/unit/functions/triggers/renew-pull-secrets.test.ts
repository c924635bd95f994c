import { describe, expect, test } from "vitest";

import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import { createRenewPullSecrets } from "../../../../functions/triggers/renew-pull-secrets.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { pipelineYaml, register, RUN } from "../support/arrange.ts";
import { newWorld, type World } from "../support/world.ts";

const SECRET = "support-pull";

/** `support` has released v1, and the credentials of that day are old by now. */
async function released(): Promise<World> {
  const world = newWorld();
  const version = await register(world);
  await createStartRollout(world)({ run: RUN, version });
  await createRecordRelease(world)({ run: RUN, version });
  await world.serving.renewPullSecret(SECRET, "old");
  return world;
}

describe("renewPullSecrets", () => {
  test("puts fresh credentials beside what serves", async () => {
    const world = await released();

    const failed = await createRenewPullSecrets(world)();

    expect(failed).toEqual([]);
    expect(world.serving.dockerConfig(SECRET)).toBe(await world.adapters.dockerConfig());
  });

  test("asks for nothing when nothing serves", async () => {
    const world = newWorld();
    await world.pipelines.apply("support", pipelineYaml());
    world.adapters.failNext("dockerConfig", new TransientError("REGISTRY_UNAVAILABLE", "503"));

    expect(await createRenewPullSecrets(world)()).toEqual([]);
  });

  test("leaves out a document that somebody wrote by hand and that is not valid", async () => {
    const world = await released();
    await world.pipelines.apply("broken", "kind: Nothing\n");

    const failed = await createRenewPullSecrets(world)();

    expect(failed).toEqual([]);
    expect(world.serving.dockerConfig(SECRET)).not.toBe("old");
  });

  test("says which one failed, and leaves its Secret as it was", async () => {
    const world = await released();
    world.serving.failNext("renewPullSecret", new TransientError("CLUSTER_UNAVAILABLE", "500"));

    const failed = await createRenewPullSecrets(world)();

    expect(failed).toEqual(["support: CLUSTER_UNAVAILABLE: 500"]);
    expect(world.serving.dockerConfig(SECRET)).toBe("old");
  });
});
