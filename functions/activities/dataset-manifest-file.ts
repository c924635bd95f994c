import { DatasetManifest } from "../../shared/domain/dataset/dataset-manifest.ts";
import { runFileNames } from "../../shared/domain/names.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";

/** What the run trains on, once it was checked and merged. */
export async function findManifest(
  files: RunFiles,
  run: string,
): Promise<DatasetManifest | undefined> {
  const text = await files.readText({ run, name: runFileNames.manifest });
  return text === undefined ? undefined : DatasetManifest.parse(JSON.parse(text));
}

/** @throws {PermanentError} if the run has none */
export async function readManifest(files: RunFiles, run: string): Promise<DatasetManifest> {
  const manifest = await findManifest(files, run);
  if (!manifest) throw new PermanentError("INTERNAL", `The dataset of run ${run} was not prepared`);
  return manifest;
}
