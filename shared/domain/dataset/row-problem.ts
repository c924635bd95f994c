/** What is wrong with a row; stable, because tools may group by it. */
export type RowProblemCode =
  | "not-utf8"
  | "not-json"
  | "too-long"
  | "not-an-object"
  | "wrong-columns"
  | "wrong-value"
  | "mixed-kinds"
  | "no-rows";

/** A fault of a row, without its place. */
export interface RowFault {
  readonly code: RowProblemCode;
  /** What was found and what is allowed. Never a row's own text: it may be private, and this is logged. */
  readonly message: string;
}

export interface RowProblem extends RowFault {
  readonly blob: string;
  /** From 1; where the row begins. */
  readonly line: number;
  /** Place in the array of a `.json` file, from 1. */
  readonly element?: number;
}

/** `support/a.jsonl line 3: ...` */
export function rowProblemText({ blob, line, element, message }: RowProblem): string {
  const place = element === undefined ? `line ${line}` : `line ${line} (element ${element})`;
  return `${blob} ${place}: ${message}`;
}
