import { z } from "zod";

import { runFileNames } from "../../shared/domain/names.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import type { Pipeline } from "../../shared/domain/pipeline/pipeline-schema.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";

const PipelineCopy = z.object({ generation: z.number().int().positive(), yaml: z.string() });
export type PipelineCopy = z.infer<typeof PipelineCopy>;

/** The pipeline as the run keeps it: what is applied later changes nothing for a run under way. */
export async function readPlan(
  files: RunFiles,
  run: string,
): Promise<{ generation: number; pipeline: Pipeline }> {
  const text = await files.readText({ run, name: runFileNames.pipeline });
  if (text === undefined) {
    throw new PermanentError("INTERNAL", `The pipeline of run ${run} was not kept`);
  }
  const { generation, yaml } = PipelineCopy.parse(JSON.parse(text));
  return { generation, pipeline: parseOrFail(yaml, run) };
}

/** @throws {PermanentError} `PIPELINE_INVALID` with every place that is wrong */
export function parseOrFail(yaml: string, file: string): Pipeline {
  const parsed = parsePipeline(yaml, { file });
  if (parsed.ok) return parsed.pipeline;
  throw new PermanentError("PIPELINE_INVALID", `The pipeline of ${file} is not valid`, {
    details: parsed.problems.map(
      ({ line, column, message }) => `line ${line}:${column} ${message}`,
    ),
  });
}
