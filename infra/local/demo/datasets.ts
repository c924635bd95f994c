import { readFileSync } from "node:fs";
import path from "node:path";

const EXAMPLES = path.resolve(import.meta.dirname, "../../../examples");

/** The documents that a new user finds in `examples/`, and what the story does with them. */
export interface Datasets {
  readonly pipeline: string;
  /** The first dataset: it does not know how to get credentials. */
  readonly a: Buffer;
  /** The better one. */
  readonly b: Buffer;
  /** B with three rows that cannot be trained on. */
  readonly bad: Buffer;
}

export function readDatasets(): Datasets {
  const read = (name: string): Buffer => readFileSync(path.join(EXAMPLES, name));
  const b = read("support-v2.jsonl");
  return {
    pipeline: read("support.yaml").toString("utf8"),
    a: read("support-v1.jsonl"),
    b,
    bad: spoil(b.toString("utf8")),
  };
}

const BAD_ROWS = [
  '{"messages": [{"role": "user", "content": "How do I list my clusters?"}]}',
  '{"instruction": "How do I list my clusters?", "output": "Run az aks list."}',
  '{"messages": [{"role": "user", "content": "How do I list my clusters?"',
] as const;

/** Every second line of the file is followed by a bad one. */
function spoil(text: string): Buffer {
  const lines = text.trim().split("\n");
  const spoilt = lines.flatMap((line, index) => {
    const bad = index % 2 === 1 ? BAD_ROWS[(index - 1) / 2] : undefined;
    return bad === undefined ? [line] : [line, bad];
  });
  return Buffer.from(`${spoilt.join("\n")}\n`);
}
