import Table from "cli-table3";

/** Where a command says things: facts on standard output, words about them on standard error. */
export interface Output {
  readonly json: boolean;
  /** Whether bars and colours make sense: standard error is a terminal, and nobody asked for JSON. */
  readonly live: boolean;
  /** The command's result: one JSON document with `--json`, otherwise the given text. */
  result(document: unknown, text: string): void;
  /** Words for people. */
  note(text: string): void;
  /** Rewrites the last line on a terminal; says nothing elsewhere. */
  progress(text: string): void;
}

export function createOutput(
  json: boolean,
  out: NodeJS.WriteStream = process.stdout,
  err: NodeJS.WriteStream = process.stderr,
): Output {
  const live = err.isTTY && !json;
  let progressing = false;
  const endProgress = (): void => {
    if (progressing) err.write("\r\u001B[2K");
    progressing = false;
  };
  return {
    json,
    live,
    result(document, text) {
      endProgress();
      out.write(json ? `${JSON.stringify(document)}\n` : `${text}\n`);
    },
    note(text) {
      endProgress();
      err.write(`${text}\n`);
    },
    progress(text) {
      if (!live) return;
      progressing = true;
      err.write(`\r\u001B[2K${text}`);
    },
  };
}

/** A table without borders, as kubectl prints them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const plain = new Table({
    head: [...head],
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
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
    },
  });
  plain.push(...rows.map((row) => [...row]));
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
