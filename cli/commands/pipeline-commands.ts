import { readFile } from "node:fs/promises";

import { routes } from "../../shared/contracts/http-api.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import { UsageError } from "../errors.ts";
import { table } from "../output.ts";
import type { CommandContext } from "./command-context.ts";

/** `apply -f pipeline.yaml`: checks the document here, with its lines, before it is sent. */
export async function applyPipeline(
  { api, output }: CommandContext,
  { file }: { file: string },
): Promise<void> {
  const yaml = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : ""}`);
  });
  const parsed = parsePipeline(yaml, { file });
  if (!parsed.ok) {
    const lines = parsed.problems.map(
      ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
    );
    throw new UsageError(`${file} is not a valid pipeline\n${lines.join("\n")}`);
  }

  const { name } = parsed.pipeline.metadata;
  const applied = await api.call(routes.applyPipeline, { params: { pipeline: name }, body: yaml });
  const what = applied.changed ? `generation ${applied.generation}` : "unchanged";
  output.result(applied, `pipeline ${applied.name}: ${what}`);
}

/** `pipelines` */
export async function listPipelines({ api, output }: CommandContext): Promise<void> {
  const list = await api.call(routes.listPipelines);
  const rows = list.pipelines.map(({ name, model, watches, serving, version, generation }) => [
    name,
    model,
    watches,
    serving,
    version === undefined ? "-" : `v${version}`,
    String(generation),
  ]);
  const head = ["NAME", "MODEL", "WATCHES", "SERVING", "VERSION", "GENERATION"];
  output.result(
    list,
    rows.length > 0
      ? table(head, rows)
      : "No pipelines. Add one: rollforward apply -f pipeline.yaml",
  );
}

/** `ask support "How do I ...?"` */
export async function ask(
  { api, output }: CommandContext,
  { pipeline, question, base }: { pipeline: string; question: string; base: boolean },
): Promise<void> {
  const body = { question, of: base ? "base" : "adapter" };
  const answer = await api.call(routes.ask, { params: { pipeline }, body });
  const by = answer.version === undefined ? answer.model : `${answer.model} v${answer.version}`;
  output.result(answer, `${by}: ${answer.answer}`);
}
