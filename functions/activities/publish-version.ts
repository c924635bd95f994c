import type { publishVersion } from "../../shared/contracts/activities.ts";
import { LINEAGE_TYPE, pushTag, versionTag } from "../../shared/domain/names.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { readVersion } from "./read-version.ts";

interface Dependencies {
  readonly adapters: Adapters;
  readonly versions: Versions;
}

/** Implements the `publishVersion` contract. Every step finds what an earlier try has done. */
export function createPublishVersion({
  adapters,
  versions,
}: Dependencies): ActivityOf<typeof publishVersion> {
  return async ({ run, version }) => {
    const record = await readVersion(versions, pipelineOf(run), version);
    const { repository, digest, lineage } = record;
    await adapters.publish(repository, versionTag(version), digest);
    // The same bytes at each try, so that the registry keeps one document: no clock, no order by chance.
    await adapters.attach(repository, digest, LINEAGE_TYPE, JSON.stringify(lineage));
    await versions.activate(record.pipeline, version);
    await adapters.untag(repository, pushTag(run));
    return null;
  };
}
