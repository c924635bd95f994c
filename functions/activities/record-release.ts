import type { recordRelease } from "../../shared/contracts/activities.ts";
import { servingWorkspaceName } from "../../shared/domain/names.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { readVersion } from "./read-version.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly now: () => Date;
}

/** Implements the `recordRelease` contract. */
export function createRecordRelease({
  files,
  versions,
  now,
}: Dependencies): ActivityOf<typeof recordRelease> {
  return async ({ run, version }) => {
    const { pipeline } = await readPlan(files, run);
    const { digest } = await readVersion(versions, pipelineOf(run), version);
    await versions.recordRelease({
      pipeline: pipelineOf(run),
      run,
      version,
      digest,
      workspace: servingWorkspaceName(pipeline.serving.name),
      strategy: "inPlace",
      at: now().toISOString(),
    });
    return null;
  };
}
