import type { DatasetFormat } from "./dataset-format.ts";
import type { Splitter } from "./piece.ts";
import { ArraySplitter } from "./split-array.ts";
import { LineSplitter } from "./split-lines.ts";

const ARRAY_START = 0x5b;
const NEWLINE = 0x0a;
/** Whitespace of JSON, and the three bytes of a byte order mark. */
const SKIPPED = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);

/** A `.json` file is one array if it begins like one, and otherwise an object on each line. */
export function splitPieces(format: DatasetFormat, limit: number): Splitter {
  return format === "jsonl" ? new LineSplitter(limit, 1) : new SniffingSplitter(limit);
}

class SniffingSplitter implements Splitter {
  private readonly limit: number;
  private line = 1;
  private chosen: Splitter | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  push(chunk: Uint8Array) {
    if (this.chosen) return this.chosen.push(chunk);
    let index = 0;
    for (const byte of chunk) {
      if (!SKIPPED.has(byte)) {
        const isArray = byte === ARRAY_START;
        const splitter = isArray ? ArraySplitter : LineSplitter;
        this.chosen = new splitter(this.limit, this.line);
        return this.chosen.push(chunk.subarray(isArray ? index + 1 : index));
      }
      if (byte === NEWLINE) this.line += 1;
      index += 1;
    }
    return [];
  }

  end() {
    return this.chosen?.end() ?? [];
  }
}
