import type { claimVersion } from "../../shared/contracts/activities.ts";
import type { DatasetManifest } from "../../shared/domain/dataset/dataset-manifest.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import type { RunRecord } from "../../shared/domain/run.ts";
import type { Lineage } from "../../shared/domain/version.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun, readRun } from "./change-run.ts";
import { readManifest } from "./dataset-manifest-file.ts";
import { recipeOf } from "./recipe.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly versions: Versions;
  readonly now: () => Date;
}

/**
 * Implements the `claimVersion` contract.
 *
 * @throws {PermanentError} `VERSION_CONFLICT` if the same bytes failed in serving before
 */
export function createClaimVersion(dependencies: Dependencies): ActivityOf<typeof claimVersion> {
  const { runs, files, versions, now } = dependencies;

  return async ({ run, digest, contentHash, rank, sizeBytes }) => {
    const row = await readRun(runs, run);
    await refuseQuarantined(versions, row.pipeline, contentHash);
    const plan = await readPlan(files, run);
    const manifest = await readManifest(files, run);
    const recipe = recipeOf(plan.pipeline, manifest.file.sha256);

    const { record } = await versions.claim({
      pipeline: row.pipeline,
      repository: plan.pipeline.adapter.repository,
      digest,
      contentHash,
      recipe: recipe.hash,
      rank,
      sizeBytes,
      createdAt: now().toISOString(),
      lineage: lineageOf(row, plan, manifest, recipe.trainingConfigSha256),
    });
    // The digest of the version and not of this push: the same bytes are the same version.
    await changeRun(runs, run, (current) => ({
      ...current,
      version: record.version,
      digest: record.digest,
    }));
    // By the lineage and not by who inserted the row: the answer to a second try is that of the first.
    return { version: record.version, isNew: record.lineage.run === run };
  };
}

async function refuseQuarantined(
  versions: Versions,
  pipeline: string,
  contentHash: string,
): Promise<void> {
  const entry = await versions.isQuarantined(pipeline, contentHash);
  if (!entry) return;
  const message = `These are the bytes of v${entry.version}, which is quarantined since ${entry.at}: ${entry.reason}`;
  throw new PermanentError("VERSION_CONFLICT", message);
}

function lineageOf(
  { id, pipeline, requests }: RunRecord,
  { generation, pipeline: plan }: { readonly generation: number; readonly pipeline: Pipeline },
  manifest: DatasetManifest,
  trainingConfigSha256: string,
): Lineage {
  const { model, method, instanceType } = plan.tuning;
  return {
    pipeline,
    generation,
    run: id,
    requests,
    model,
    method,
    instanceType,
    manifestSha256: manifest.sha256,
    datasetSha256: manifest.file.sha256,
    rows: manifest.rows,
    blobs: manifest.blobs,
    trainingConfigSha256,
  };
}
