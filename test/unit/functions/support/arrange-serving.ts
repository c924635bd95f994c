import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import type { ServingObservation } from "../../../../shared/domain/observation.ts";
import { fakeImage } from "../../../support/fakes/fake-adapters.ts";
import { register, RUN } from "./arrange.ts";
import { newWorld, type World } from "./world.ts";

export const imageOf = (name: string): string =>
  `registry.example/adapters/support@${fakeImage(name).digest}`;

/** v1 is made, and nothing serves yet. */
export async function first(world = newWorld()): Promise<World> {
  await register(world, "one");
  return world;
}

/** v1 serves, and run 2 has made v2. */
export async function second(given = newWorld()): Promise<World> {
  const world = await first(given);
  await createStartRollout(world)({ run: RUN, version: 1 });
  await createRecordRelease(world)({ run: RUN, version: 1 });
  await register(world, "two", "support-2");
  return world;
}

/** The images of the Workspace's adapters. */
export function served(world: World): string[] | undefined {
  return world.serving.adapters("support-blue")?.map(({ source }) => source.image);
}

export type SeenWorkspace = NonNullable<ServingObservation["workspace"]>;

export function requireWorkspace({ workspace }: ServingObservation): SeenWorkspace {
  if (!workspace) throw new Error("There is no Workspace");
  return workspace;
}
