// Writes schema/pipeline.schema.json, which editors complete pipelines with: `npm run schema`.
// It stands here because infra/ may not know the app and the core does no I/O; no command imports it.
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { format, resolveConfig } from "prettier";

import { pipelineJsonSchema } from "../shared/domain/pipeline/pipeline-json-schema.ts";

export const SCHEMA_FILE = path.join(import.meta.dirname, "../schema/pipeline.schema.json");

/** The file's text as it should be. */
export async function pipelineSchemaText(): Promise<string> {
  const options = await resolveConfig(SCHEMA_FILE);
  return format(JSON.stringify(pipelineJsonSchema()), { ...options, filepath: SCHEMA_FILE });
}

if (import.meta.main) await writeFile(SCHEMA_FILE, await pipelineSchemaText());
