import { type Piece, PieceBuffer, type Splitter } from "./piece.ts";

const NEWLINE = 0x0a;

/** One piece for each line, the empty ones too. */
export class LineSplitter implements Splitter {
  private readonly buffer: PieceBuffer;
  private line: number;

  constructor(limit: number, firstLine: number) {
    this.buffer = new PieceBuffer(limit);
    this.line = firstLine;
  }

  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    while (end >= 0) {
      this.buffer.add(chunk.subarray(start, end));
      pieces.push({ bytes: this.buffer.take(), line: this.line });
      this.line += 1;
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    this.buffer.add(chunk.subarray(start));
    return pieces;
  }

  end(): Piece[] {
    return [{ bytes: this.buffer.take(), line: this.line }];
  }
}
