import { z } from "zod";

import type { freezeDataset } from "../../shared/contracts/activities.ts";
import { datasetFormat } from "../../shared/domain/dataset/dataset-format.ts";
import { runFileNames } from "../../shared/domain/names.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { bareEtag } from "../../shared/domain/request-id.ts";
import { DatasetBlob } from "../../shared/domain/training-request.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Datasets } from "../../shared/ports/datasets.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ActivityOf } from "./activity.ts";
import { readRun } from "./change-run.ts";
import { readPlan } from "./run-plan.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly requests: Requests;
  readonly datasets: Datasets;
  readonly files: RunFiles;
}

const Frozen = z.object({ blobs: z.array(DatasetBlob).min(1) });

/** Implements the `freezeDataset` contract. */
export function createFreezeDataset(dependencies: Dependencies): ActivityOf<typeof freezeDataset> {
  const { runs, requests, datasets, files } = dependencies;

  return async ({ run }) => {
    const before = await findFrozen(files, run);
    if (before) return { blobs: before.length };

    const row = await readRun(runs, run);
    const { pipeline } = await readPlan(files, run);
    const found = await Promise.all(row.requests.map((id) => requests.find(row.pipeline, id)));
    const named = found.flatMap((request) => request?.row.datasets ?? []);
    const takesPrefix = found.some((request) => request?.row.datasets.length === 0);
    const blobs = takesPrefix
      ? await wholePrefix(datasets, pipeline.dataset)
      : await asNamed(datasets, pipeline.dataset.container, named);
    if (blobs.length === 0) {
      throw new PermanentError("DATASET_NOT_FOUND", `The requests of run ${run} name no blob`);
    }
    refuseUnsupported(blobs);

    const content = Buffer.from(JSON.stringify({ blobs }));
    await files.putOnce({ run, name: runFileNames.frozen }, content);
    return { blobs: (await readFrozen(files, run)).length };
  };
}

/** The blobs that the run trains on. */
export async function readFrozen(files: RunFiles, run: string): Promise<DatasetBlob[]> {
  const blobs = await findFrozen(files, run);
  if (!blobs) throw new PermanentError("INTERNAL", `The dataset of run ${run} was not frozen`);
  return blobs;
}

async function findFrozen(files: RunFiles, run: string): Promise<DatasetBlob[] | undefined> {
  const text = await files.readText({ run, name: runFileNames.frozen });
  return text === undefined ? undefined : Frozen.parse(JSON.parse(text)).blobs;
}

async function wholePrefix(
  datasets: Datasets,
  { container, prefix }: Pipeline["dataset"],
): Promise<DatasetBlob[]> {
  const blobs = await datasets.list(container, prefix);
  if (blobs.length > 0) return blobs;
  throw new PermanentError("DATASET_NOT_FOUND", `There is no blob below ${container}/${prefix}`);
}

async function asNamed(
  datasets: Datasets,
  container: string,
  named: readonly DatasetBlob[],
): Promise<DatasetBlob[]> {
  for (const { name, etag } of named) {
    const current = await datasets.find(container, name);
    if (!current) {
      throw new PermanentError("DATASET_NOT_FOUND", `${container}/${name} has been deleted`);
    }
    if (bareEtag(current.etag) !== bareEtag(etag)) {
      const message = `${container}/${name} has been replaced since; the newer one has a request of its own`;
      throw new PermanentError("DATASET_CHANGED", message);
    }
  }
  return named.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function refuseUnsupported(blobs: readonly DatasetBlob[]): void {
  const refused = blobs.flatMap(({ name }) => {
    const format = datasetFormat(name);
    return format.ok ? [] : [`${name}: ${format.message}`];
  });
  if (refused.length === 0) return;
  const message = "The dataset has files of a format that is not supported";
  throw new PermanentError("UNSUPPORTED", message, { details: refused.slice(0, 20) });
}
