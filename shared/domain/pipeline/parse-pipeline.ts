import { type Document, LineCounter, parseAllDocuments } from "yaml";

import { type Pipeline, PipelineSchema } from "./pipeline-schema.ts";
import { type Place, Places } from "./places.ts";
import { describeAllowed, MOST_PROBLEMS, type Problem, problemsOf } from "./problems.ts";
import { takeUnsupported } from "./take-unsupported.ts";
import { beyondLimits } from "./yaml-limits.ts";

export type { Problem, ProblemKind } from "./problems.ts";

export type ParsedPipeline =
  | { readonly ok: true; readonly pipeline: Pipeline }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const MAX_LENGTH = 256 * 1024;

/**
 * Reads a pipeline document and reports everything that is wrong with it at once, in the order of its lines.
 *
 * @param file - how to call the document in a message that is about all of it
 */
export function parsePipeline(yaml: string, { file }: { file: string }): ParsedPipeline {
  if (yaml.length > MAX_LENGTH) {
    return refuse([syntax(START, `${file} is larger than ${MAX_LENGTH / 1024} KB`)]);
  }
  const beyond = beyondLimits(yaml);
  if (beyond) {
    const line = yaml.slice(0, beyond.offset).split("\n").length;
    return refuse([syntax({ line, column: 1 }, `${file} is ${beyond.message}`)]);
  }

  const lines = new LineCounter();
  const documents = parseAllDocuments(yaml, { lineCounter: lines, prettyErrors: false });
  const [document] = documents;
  if ("empty" in documents || !document) return refuse([syntax(START, `${file} is empty`)]);
  const places = new Places(document, lines);
  const problems = [
    ...documents.flatMap((each) => grammarProblems(each, places)),
    ...documents.slice(1, 2).map((second) => {
      const message = "one document for each file; a second one begins here";
      return syntax(places.at(second.range[0]), message);
    }),
    ...places.oddKeys.map((place) => syntax(place, "a key must be a plain word or in quotes")),
    ...places.aliases.map((place) =>
      syntax(place, "aliases are not supported: write the value out"),
    ),
  ];
  // Not before: a value of an unclean document can be anything, or gigabytes of it.
  return problems.length > 0 ? refuse(problems) : parseDocument(document.toJS(), places);
}

function parseDocument(document: unknown, places: Places): ParsedPipeline {
  const { problems, rest } = takeUnsupported(document, places);
  const parsed = PipelineSchema.safeParse(rest, { error: describeAllowed });
  if (parsed.success && problems.length === 0) return { ok: true, pipeline: parsed.data };
  const issues = parsed.error?.issues ?? [];
  return refuse([...problems, ...problemsOf(rest, issues, places)]);
}

/** Warnings are tags that YAML does not know: what such a value means is anybody's guess. */
function grammarProblems({ errors, warnings }: Document, places: Places): Problem[] {
  return [...errors, ...warnings].map(({ message, pos }) => syntax(places.at(pos[0]), message));
}

function refuse(problems: readonly Problem[]): ParsedPipeline {
  const inOrder = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: inOrder.slice(0, MOST_PROBLEMS) };
}

const START: Place = { line: 1, column: 1 };

function syntax(place: Place, message: string): Problem {
  return { kind: "syntax", path: "", ...place, message };
}
