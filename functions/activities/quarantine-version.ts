import type { quarantineVersion } from "../../shared/contracts/activities.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { readVersion } from "./read-version.ts";

interface Dependencies {
  readonly versions: Versions;
  readonly now: () => Date;
}

/** Implements the `quarantineVersion` contract. */
export function createQuarantineVersion({
  versions,
  now,
}: Dependencies): ActivityOf<typeof quarantineVersion> {
  return async ({ run, version, reason }) => {
    const { contentHash } = await readVersion(versions, pipelineOf(run), version);
    const at = now().toISOString();
    await versions.quarantine(pipelineOf(run), { contentHash, version, run, reason, at });
    return null;
  };
}
