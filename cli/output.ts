import Table from "cli-table3";

/** Where a command says things: facts on standard output, words about them on standard error. */
export interface Output {
  readonly json: boolean;
  /** Whether a line can be written over: standard error is a terminal, and nobody asked for plain lines. */
  readonly live: boolean;
  /** The command's result: one JSON document with `--json`, otherwise the given text. */
  result(document: unknown, text: string): void;
  /** Words for people. */
  note(text: string): void;
  /** Rewrites the last line on a terminal; says nothing elsewhere. */
  progress(text: string): void;
  /** Takes an unfinished line of progress away. */
  endProgress(): void;
}

/** As much of a stream as an output needs: `process.stdout` is one. */
export interface Sink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

interface OutputOptions {
  readonly json: boolean;
  readonly out: Sink;
  readonly err: Sink;
  readonly env: NodeJS.ProcessEnv;
}

const ERASE_LINE = "\r\u001B[2K";
const DEFAULT_COLUMNS = 80;

export function createOutput({ json, out, err, env }: OutputOptions): Output {
  const isPlain = Boolean(env["NO_COLOR"]) || env["TERM"] === "dumb";
  const live = err.isTTY === true && !json && !isPlain;
  let progressing = false;
  const endProgress = (): void => {
    if (progressing) err.write(ERASE_LINE);
    progressing = false;
  };
  return {
    json,
    live,
    endProgress,
    result(document, text) {
      endProgress();
      out.write(json ? `${JSON.stringify(document)}\n` : `${printable(text)}\n`);
    },
    note(text) {
      endProgress();
      err.write(`${printable(text)}\n`);
    },
    progress(text) {
      if (!live) return;
      progressing = true;
      // A line that wraps could not be erased whole.
      const line = printable(text).slice(0, columnsOf(err) - 1);
      err.write(`${ERASE_LINE}${line}`);
    },
  };
}

/** A pseudo terminal that nobody looks at has 0. */
function columnsOf({ columns = 0 }: Sink): number {
  return columns > 0 ? columns : DEFAULT_COLUMNS;
}

/** Names of blobs and answers of models come from others: none of them may steer a terminal. */
function printable(text: string): string {
  return text.replaceAll(/(?![\n\t])\p{Cc}/gu, "\uFFFD");
}

const NO_BORDERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** A table without borders, as kubectl prints them; one line for each row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = new Table({
    head: [...head],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: NO_BORDERS,
  });
  plain.push(...rows.map((row) => row.map((cell) => cell.replaceAll(/\s+/g, " "))));
  return plain
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** `name  value` lines, aligned; a value of `undefined` leaves its line out. */
export function facts(pairs: readonly (readonly [string, string | undefined])[]): string {
  const known = pairs.filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  const width = Math.max(...known.map(([name]) => name.length));
  return known.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
