import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import type { Pipelines, StoredPipeline } from "../../shared/ports/pipelines.ts";
import { ApiFailure } from "./api-error.ts";
import { invalidPipeline } from "./invalid-pipeline.ts";

/** @throws {ApiFailure} `NOT_FOUND` */
export async function requirePipeline(
  pipelines: Pipelines,
  name: string | undefined,
): Promise<StoredPipeline> {
  const stored = name === undefined ? undefined : await pipelines.find(name);
  if (!stored) throw new ApiFailure("NOT_FOUND", `There is no pipeline ${name ?? ""}`);
  return stored;
}

/** @throws {ApiFailure} if the document, which somebody wrote by hand, is not valid */
export function requireValid({ name, yaml }: StoredPipeline): Pipeline {
  const parsed = parsePipeline(yaml, { file: name });
  if (!parsed.ok) throw invalidPipeline(parsed.problems);
  return parsed.pipeline;
}
