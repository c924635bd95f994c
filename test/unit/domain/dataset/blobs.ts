import { createRowChecker } from "../../../../shared/domain/dataset/check-rows.ts";
import type { DatasetFormat } from "../../../../shared/domain/dataset/dataset-format.ts";
import { Findings } from "../../../../shared/domain/dataset/findings.ts";
import { rowProblemText } from "../../../../shared/domain/dataset/row-problem.ts";

export const ROW = '{"prompt":"a","completion":"b"}';
export const CHAT =
  '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}';

interface CheckedText {
  readonly rows: readonly string[];
  readonly problems: readonly string[];
}

/** Lets a whole file through a checker in pieces of some bytes. */
export function checkText(
  format: DatasetFormat,
  content: string | Uint8Array,
  chunkSize = 7,
  maxRowBytes = 1000,
): CheckedText {
  const findings = new Findings();
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const checker = createRowChecker({ blob: `a.${format}`, format, findings, maxRowBytes });
  const rows: string[] = [];
  for (let start = 0; start < bytes.length; start += chunkSize) {
    // The reader may reuse its memory, as streams do.
    const chunk = bytes.slice(start, start + chunkSize);
    rows.push(...checker.push(chunk));
    chunk.fill(0x21);
  }
  rows.push(...checker.end());
  return { rows, problems: findings.problems.map(rowProblemText) };
}
