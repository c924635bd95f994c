import { readFile } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";

import { routes } from "../../shared/contracts/http-api.ts";
import { parsePipeline } from "../../shared/domain/pipeline/parse-pipeline.ts";
import { codeOf, UsageError } from "../errors.ts";
import { table } from "../output.ts";
import type { CommandContext } from "./command-context.ts";

/** `apply -f pipeline.yaml`: checks the document here, with its lines, before it is sent. */
export async function applyPipeline(
  { api, input, output, signal }: CommandContext,
  { file }: { file: string },
): Promise<void> {
  // Ctrl-C ends the wait for a document that nobody types.
  const yaml = file === "-" ? await text(addAbortSignal(signal, input)) : await readDocument(file);
  const name = file === "-" ? "standard input" : file;
  const parsed = parsePipeline(yaml, { file: name });
  if (!parsed.ok) {
    const details = parsed.problems.map(
      ({ line, column, message }) => `${name}:${line}:${column}: ${message}`,
    );
    throw new UsageError(`${name} is not a valid pipeline`, { details });
  }

  const params = { pipeline: parsed.pipeline.metadata.name };
  const applied = await api.call(routes.applyPipeline, { params, body: yaml });
  const what = applied.changed ? `generation ${applied.generation}` : "unchanged";
  output.result(applied, `pipeline ${applied.name}: ${what}`);
}

async function readDocument(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const reason = REASONS[codeOf(error) ?? ""] ?? "it cannot be read";
    throw new UsageError(`${file}: ${reason}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, not a file",
  EACCES: "you may not read it",
};

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
