import type { RowKind } from "./check-row.ts";
import { type RowProblem, rowProblemText } from "./row-problem.ts";

const KEPT_PROBLEMS = 20;
const KEPT_FIELDS = 20;

export type DatasetVerdict =
  | {
      readonly ok: true;
      readonly rows: number;
      readonly kind: RowKind;
      /** What the data's owner may want to know. */
      readonly notes: readonly string[];
    }
  | { readonly ok: false; readonly message: string; readonly details: readonly string[] };

/** What was found in all blobs of one dataset: shared by their checkers. */
export class Findings {
  rows = 0;
  problemCount = 0;
  /** The first ones only; `problemCount` counts all. */
  readonly problems: RowProblem[] = [];
  private first: { readonly kind: RowKind; readonly blob: string } | undefined;
  private readonly dropped = new Map<string, number>();

  /** @returns a problem if the rows before are of the other kind */
  addRow(blob: string, kind: RowKind, dropped: readonly string[]): string | undefined {
    this.first ??= { kind, blob };
    if (this.first.kind !== kind) {
      return `a row of ${kind}, but the rows before, from ${this.first.blob} on, are of ${this.first.kind}; all must be of one kind`;
    }
    this.rows += 1;
    for (const field of new Set(dropped)) this.countDropped(field);
    return undefined;
  }

  addProblem(problem: RowProblem): void {
    this.problemCount += 1;
    if (this.problems.length < KEPT_PROBLEMS) this.problems.push(problem);
  }

  verdict(minRows: number): DatasetVerdict {
    if (this.problemCount > 0) {
      const few = this.problemCount === 1 ? "1 problem" : `${this.problemCount} problems`;
      const message = `The dataset has ${few}`;
      return { ok: false, message, details: this.problems.map(rowProblemText) };
    }
    if (this.rows < minRows || !this.first) {
      const message = `The dataset has too few rows: ${this.rows}, but the pipeline asks for ${minRows}`;
      return { ok: false, message, details: [] };
    }
    const notes = Array.from(
      this.dropped,
      ([field, rows]) =>
        `${JSON.stringify(field)} is not read by the trainer: left out of ${rows} rows`,
    );
    return { ok: true, rows: this.rows, kind: this.first.kind, notes };
  }

  private countDropped(field: string): void {
    const before = this.dropped.get(field);
    // Hostile data could have another field in every row.
    if (before === undefined && this.dropped.size >= KEPT_FIELDS) return;
    this.dropped.set(field, (before ?? 0) + 1);
  }
}
