import {
  type ParsedPipeline,
  parsePipeline,
  type Problem,
} from "../../../../shared/domain/pipeline/parse-pipeline.ts";
import type { Pipeline } from "../../../../shared/domain/pipeline/pipeline-schema.ts";

/** The least that a pipeline can say, as the lines of a document. */
export const MINIMAL = {
  apiVersion: "rollforward.dev/v1",
  kind: "Pipeline",
  metadata: "{ name: support }",
  dataset: "{ container: datasets }",
  tuning: "{ model: phi-4-mini-instruct }",
  adapter: "{ repository: adapters/support }",
};

/** A minimal document with some of its lines replaced, left out (`undefined`) or added. */
export function documentWith(lines: Readonly<Record<string, string | undefined>> = {}): string {
  return Object.entries({ ...MINIMAL, ...lines })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
    .join("");
}

export function parse(yaml: string): ParsedPipeline {
  return parsePipeline(yaml, { file: "support.yaml" });
}

export function parseValid(yaml: string): Pipeline {
  const parsed = parse(yaml);
  if (parsed.ok) return parsed.pipeline;
  throw new Error(`It is refused: ${parsed.problems.map(({ message }) => message).join("; ")}`);
}

export function problemsIn(yaml: string): readonly Problem[] {
  const parsed = parse(yaml);
  return parsed.ok ? [] : parsed.problems;
}
