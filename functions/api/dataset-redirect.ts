import type { HttpResponseInit } from "@azure/functions";

import { DATASET_FILE, runFileNames } from "../../shared/domain/names.ts";
import type { DatasetUrls } from "../../shared/ports/dataset-urls.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";

interface Dependencies {
  readonly urls: DatasetUrls;
  readonly runs: Runs;
  readonly files: RunFiles;
  readonly now: () => Date;
}

/** curl follows at once; an hour leaves room for a large file, and for nothing else. */
const SAS_MS = 60 * 60 * 1000;

const NOT_FOUND: HttpResponseInit = { status: 404, body: "Not found\n" };

/**
 * Redirects a training pod to the dataset of its run: the only route that a run's capability opens.
 *
 * Everything that is wrong gets the same 404, so that nothing can be learnt by trying.
 */
export function createDatasetRedirect({
  urls,
  runs,
  files,
  now,
}: Dependencies): (capability: string, file: string) => Promise<HttpResponseInit> {
  return async (capability, file) => {
    const run = file === DATASET_FILE ? urls.runOf(capability) : undefined;
    if (run === undefined) return NOT_FOUND;
    const found = await runs.find(run);
    if (found?.row.phase !== "Tuning") return NOT_FOUND;

    const expiresAt = new Date(now().getTime() + SAS_MS);
    const location = await files.readUrl({ run, name: runFileNames.dataset }, expiresAt);
    return { status: 302, headers: { location, "cache-control": "no-store" } };
  };
}
