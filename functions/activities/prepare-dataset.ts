import { createHash } from "node:crypto";

import type { prepareDataset } from "../../shared/contracts/activities.ts";
import { createRowChecker } from "../../shared/domain/dataset/check-rows.ts";
import { datasetFormat } from "../../shared/domain/dataset/dataset-format.ts";
import {
  createDatasetManifest,
  type DatasetManifest,
} from "../../shared/domain/dataset/dataset-manifest.ts";
import { Findings } from "../../shared/domain/dataset/findings.ts";
import { DATASET_FILE, runFileNames } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { pipelineOf } from "../../shared/domain/run.ts";
import type { DatasetBlob } from "../../shared/domain/training-request.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Datasets } from "../../shared/ports/datasets.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { sha256 } from "../sha256.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun } from "./change-run.ts";
import { findManifest } from "./dataset-manifest-file.ts";
import { readFrozen } from "./freeze-dataset.ts";
import { recipeOf } from "./recipe.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly versions: Versions;
  readonly datasets: Datasets;
  readonly files: RunFiles;
}

/** Implements the `prepareDataset` contract. */
export function createPrepareDataset(
  dependencies: Dependencies,
): ActivityOf<typeof prepareDataset> {
  const { runs, versions, files } = dependencies;

  return async ({ run }) => {
    const { pipeline } = await readPlan(files, run);
    const manifest = (await findManifest(files, run)) ?? (await merge(dependencies, run, pipeline));

    const { rows, file } = manifest;
    await changeRun(runs, run, (row) => ({ ...row, rows, datasetSha256: file.sha256 }));
    const sameAsVersion = await serving(versions, run, recipeOf(pipeline, file.sha256).hash);
    return {
      rows,
      datasetSha256: file.sha256,
      ...(sameAsVersion !== undefined && { sameAsVersion }),
    };
  };
}

/** Checks every row and writes the merged file, then the manifest: it stands only when all is good. */
async function merge(
  { datasets, files }: Dependencies,
  run: string,
  { dataset: { container, minRows } }: Pipeline,
): Promise<DatasetManifest> {
  const blobs: DatasetManifest["blobs"] = [];
  const findings = new Findings();

  async function* mergedRows(): AsyncGenerator<Uint8Array> {
    for (const blob of await readFrozen(files, run)) {
      blobs.push(yield* checkedRows(datasets, container, blob, findings));
    }
    // Thrown while the file is still being written: nothing of it is ever seen.
    refuseUnlessGood(findings, minRows);
  }

  const { size, sha256: fileSha256 } = await files.putOnce(
    { run, name: runFileNames.dataset },
    mergedRows(),
  );
  // The merged file of an earlier try stands already: then nothing was read for it just now.
  if (blobs.length === 0) for await (const _ of mergedRows());

  const manifest = createDatasetManifest(
    {
      pipeline: pipelineOf(run),
      run,
      blobs,
      rows: findings.rows,
      file: { name: DATASET_FILE, size, sha256: fileSha256 },
    },
    sha256,
  );
  const content = Buffer.from(JSON.stringify(manifest));
  await files.putOnce({ run, name: runFileNames.manifest }, content);
  return manifest;
}

/** Yields the blob's good rows, one line each, and returns what the manifest says of the blob. */
async function* checkedRows(
  datasets: Datasets,
  container: string,
  { name, etag }: DatasetBlob,
  findings: Findings,
): AsyncGenerator<Uint8Array, DatasetManifest["blobs"][number]> {
  const format = datasetFormat(name);
  if (!format.ok) throw new PermanentError("UNSUPPORTED", `${name}: ${format.message}`);
  const checker = createRowChecker({ blob: name, format: format.format, findings });
  const hash = createHash("sha256");
  let size = 0;

  for await (const chunk of datasets.read(container, { name, etag })) {
    hash.update(chunk);
    size += chunk.length;
    yield* asLines(checker.push(chunk));
  }
  yield* asLines(checker.end());
  return { container, name, etag, size, sha256: hash.digest("hex"), rows: checker.rows };
}

function* asLines(rows: readonly string[]): Generator<Uint8Array> {
  if (rows.length > 0) yield Buffer.from(`${rows.join("\n")}\n`);
}

function refuseUnlessGood(findings: Findings, minRows: number): void {
  const verdict = findings.verdict(minRows);
  if (verdict.ok) return;
  const { message, details } = verdict;
  throw new PermanentError("DATASET_INVALID", message, { details });
}

/** The version that serves, if this very recipe made it. */
async function serving(
  versions: Versions,
  run: string,
  recipe: string,
): Promise<number | undefined> {
  const release = await versions.latestRelease(pipelineOf(run));
  // This run's own release is no reason to do nothing: it is this run, asked a second time.
  if (!release || release.run === run) return undefined;
  const version = await versions.find(release.pipeline, release.version);
  return version?.recipe === recipe ? version.version : undefined;
}
