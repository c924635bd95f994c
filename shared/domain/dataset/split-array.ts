import { type Piece, PieceBuffer, type Splitter } from "./piece.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const ARRAY_END = 0x5d;
const NEWLINE = 0x0a;
const OPEN = new Set([0x5b, 0x7b]); // [ {
const CLOSE = new Set([0x5d, 0x7d]); // ] }
const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/**
 * One piece for each element of a JSON array; the bytes begin behind its `[`.
 *
 * It looks only for where elements end: whether one is JSON is for `JSON.parse` to say. All the bytes that
 * it looks for are ASCII, so it need not decode UTF-8.
 */
export class ArraySplitter implements Splitter {
  private readonly buffer: PieceBuffer;
  private state: "inside" | "closed" | "broken" = "inside";
  private line: number;
  private element = 0;
  private elementLine: number;
  /** Whether the element has begun: something but whitespace came. */
  private begun = false;
  private depth = 0;
  private inText = false;
  private escaped = false;

  constructor(limit: number, firstLine: number) {
    this.buffer = new PieceBuffer(limit);
    this.line = firstLine;
    this.elementLine = firstLine;
  }

  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    let index = 0;
    for (const byte of chunk) {
      if (this.endsElement(byte)) {
        this.buffer.add(chunk.subarray(start, index));
        pieces.push(...this.takeElement(byte));
        start = index + 1;
      } else if (this.begun) {
        this.track(byte);
      } else if (WHITESPACE.has(byte)) {
        start = index + 1;
      } else {
        pieces.push(...this.begin(byte));
      }
      if (byte === NEWLINE) this.line += 1;
      index += 1;
    }
    if (this.begun) this.buffer.add(chunk.subarray(start));
    return pieces;
  }

  end(): Piece[] {
    return this.state === "inside"
      ? [this.fault("the array has no end: the file may be cut off")]
      : [];
  }

  private endsElement(byte: number): boolean {
    const between = this.state === "inside" && this.depth === 0 && !this.inText;
    return between && (byte === COMMA || byte === ARRAY_END);
  }

  private takeElement(end: number): Piece[] {
    if (end === ARRAY_END) this.state = "closed";
    this.element += 1;
    const { begun, element, elementLine } = this;
    const bytes = this.buffer.take();
    this.begun = false;
    if (begun) return [{ bytes, line: elementLine, element }];
    const isEmptyArray = end === ARRAY_END && element === 1;
    return isEmptyArray ? [] : [this.fault("a comma too many")];
  }

  private begin(byte: number): Piece[] {
    if (this.state === "inside") {
      this.begun = true;
      this.elementLine = this.line;
      this.track(byte);
      return [];
    }
    if (this.state === "broken") return [];
    this.state = "broken";
    return [this.fault("something follows the end of the array")];
  }

  private track(byte: number): void {
    if (this.escaped) {
      this.escaped = false;
    } else if (this.inText) {
      this.inText = byte !== QUOTE;
      this.escaped = byte === BACKSLASH;
    } else if (byte === QUOTE) {
      this.inText = true;
    } else if (OPEN.has(byte)) {
      this.depth += 1;
    } else if (CLOSE.has(byte)) {
      this.depth = Math.max(0, this.depth - 1);
    }
  }

  private fault(fault: string): Piece {
    return { bytes: undefined, line: this.line, fault };
  }
}
