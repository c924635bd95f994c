import { checkRow } from "./check-row.ts";
import type { DatasetFormat } from "./dataset-format.ts";
import type { Findings } from "./findings.ts";
import type { Piece } from "./piece.ts";
import type { RowFault } from "./row-problem.ts";
import { splitPieces } from "./split-pieces.ts";

/** A longer row does not fit the context of any model that can be tuned, and would end in out of memory. */
const MAX_ROW_BYTES = 1024 * 1024;

interface BlobToCheck {
  readonly blob: string;
  readonly format: DatasetFormat;
  /** Of the whole dataset: one for all its blobs. */
  readonly findings: Findings;
  readonly maxRowBytes?: number;
}

/** Checks one blob while it streams by; holds one row at a time. */
export interface RowChecker {
  /** Good rows of this blob so far. */
  readonly rows: number;

  /** @returns the good rows that end in this chunk, each as one line of JSON without its line end */
  push(chunk: Uint8Array): string[];

  /** To be called once, behind the last chunk. */
  end(): string[];
}

export function createRowChecker(options: BlobToCheck): RowChecker {
  return new BlobChecker(options);
}

class BlobChecker implements RowChecker {
  rows = 0;
  private problems = 0;
  private readonly blob: string;
  private readonly findings: Findings;
  private readonly maxRowBytes: number;
  private readonly splitter: ReturnType<typeof splitPieces>;

  constructor({ blob, format, findings, maxRowBytes = MAX_ROW_BYTES }: BlobToCheck) {
    this.blob = blob;
    this.findings = findings;
    this.maxRowBytes = maxRowBytes;
    this.splitter = splitPieces(format, maxRowBytes);
  }

  push(chunk: Uint8Array): string[] {
    return this.splitter.push(chunk).flatMap((piece) => this.check(piece));
  }

  end(): string[] {
    const rows = this.splitter.end().flatMap((piece) => this.check(piece));
    if (this.rows === 0 && this.problems === 0) {
      this.report({ line: 1 }, { code: "no-rows", message: "the file has no rows" });
    }
    return rows;
  }

  private check(piece: Piece): string[] {
    const read = readPiece(piece, this.maxRowBytes);
    if (read === undefined) return [];
    const row = "value" in read ? checkRow(read.value) : { ok: false as const, ...read };
    if (!row.ok) {
      this.report(piece, row);
      return [];
    }
    const mixed = this.findings.addRow(this.blob, row.kind, row.dropped);
    if (mixed !== undefined) {
      this.report(piece, { code: "mixed-kinds", message: mixed });
      return [];
    }
    this.rows += 1;
    return [row.json];
  }

  private report(at: Pick<Piece, "line" | "element">, { code, message }: RowFault): void {
    const { line, element } = at;
    this.problems += 1;
    const place = element === undefined ? { line } : { line, element };
    this.findings.addProblem({ blob: this.blob, ...place, code, message });
  }
}

/** @returns what the piece holds, or `undefined` if it is blank */
function readPiece(
  { bytes, fault }: Piece,
  limit: number,
): { readonly value: unknown } | RowFault | undefined {
  if (fault !== undefined) return { code: "not-json", message: fault };
  if (!bytes) return { code: "too-long", message: `the row is longer than ${limit} bytes` };
  const text = decode(bytes);
  if (text === undefined) return { code: "not-utf8", message: describeEncoding(bytes) };
  if (text.trim() === "") return undefined;
  return parse(text) ?? { code: "not-json", message: describeText(text.trim()) };
}

/** Without a byte order mark, which also turns up in the middle of files that were joined. */
const UTF8 = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function describeEncoding([first, second]: Uint8Array): string {
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isUtf16 ? "the file is UTF-16; it must be UTF-8" : "the row is not UTF-8";
}

/** The engine's own message would quote the row. */
function describeText(text: string): string {
  if (text.includes("\0")) return "not JSON: it has NUL bytes, so it may not be a text file";
  if (!text.startsWith("{")) return "not JSON: a row is an object and begins with {";
  if (!text.endsWith("}")) return "not JSON: the row does not end with }; each row takes one line";
  return "not JSON: inside the row, a quote, comma or bracket is missing or too many";
}
