import type { verifyAdapter } from "../../shared/contracts/activities.ts";
import { pushTag } from "../../shared/domain/names.ts";
import { adapterRank } from "../../shared/domain/pipeline/training-config.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { ActivityOf } from "./activity.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly files: RunFiles;
  readonly adapters: Adapters;
}

/** Implements the `verifyAdapter` contract. */
export function createVerifyAdapter({
  files,
  adapters,
}: Dependencies): ActivityOf<typeof verifyAdapter> {
  return async ({ run }) => {
    const { pipeline } = await readPlan(files, run);
    const { repository } = pipeline.adapter;
    const digest = await adapters.resolve(repository, pushTag(run));
    if (digest === undefined) {
      const message = `The Job ended well, but ${repository} has no tag ${pushTag(run)}`;
      throw new PermanentError("PUSH_FAILED", message);
    }

    const { model } = pipeline.tuning;
    const rank = adapterRank(pipeline.tuning);
    const verified = await adapters.verify(repository, digest, { model, rank });
    const { contentHash, sizeBytes } = verified;
    return { digest, contentHash, rank: verified.rank, sizeBytes };
  };
}
