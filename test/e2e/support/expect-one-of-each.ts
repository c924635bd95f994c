import { expect } from "vitest";

import { routes, type RunView } from "../../../shared/contracts/http-api.ts";
import type { Lab } from "./lab.ts";

/** What holds after a run that succeeded, whatever happened on its way. */
export async function expectOneOfEach(
  lab: Lab,
  run: RunView,
  { pipeline, version, word }: { pipeline: string; version: number; word: string },
): Promise<void> {
  const { api, cluster } = lab;
  expect(run).toMatchObject({ phase: "Succeeded", version, leftBehind: [] });
  expect(cluster.created.filter((name) => name === `rf-${run.id}`)).toHaveLength(1);
  expect(cluster.created.filter((name) => name === `${pipeline}-blue`)).toHaveLength(1);
  expect(await cluster.tuningObjects(pipeline)).toEqual([]);

  const { versions } = await api.call(routes.listVersions, { params: { pipeline } });
  const numbers = versions.map((each) => each.version);
  expect(numbers).toEqual(Array.from({ length: version }, (_, index) => version - index));
  expect(versions[0]).toMatchObject({ state: "active", serving: true, digest: run.digest });
  const serving = await api.call(routes.getServing, { params: { pipeline } });
  expect(serving).toMatchObject({ version, digest: run.digest, workspace: `${pipeline}-blue` });
  expect(serving.drift).toBeUndefined();
  expect(await lab.ask(pipeline)).toContain(`The word is ${word}.`);
}
