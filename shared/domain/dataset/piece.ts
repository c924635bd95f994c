/** One line or one element of a blob, as bytes; without bytes if it was too long to keep. */
export interface Piece {
  readonly bytes: Uint8Array | undefined;
  /** From 1; where the piece begins. */
  readonly line: number;
  /** From 1; only of an array. */
  readonly element?: number;
  /** The text around the pieces is not what it should be. */
  readonly fault?: string;
}

/** Cuts a stream of bytes into pieces, and never holds more than one of them. */
export interface Splitter {
  push(chunk: Uint8Array): Piece[];
  end(): Piece[];
}

/** Gathers the bytes of one piece up to a limit. */
export class PieceBuffer {
  private readonly limit: number;
  private parts: Uint8Array[] = [];
  private length = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.length > this.limit) this.parts = [];
    // A copy: the caller may use its chunk again.
    else if (bytes.length > 0) this.parts.push(bytes.slice());
  }

  /** @returns the bytes, or `undefined` if there were more than the limit; empty afterwards */
  take(): Uint8Array | undefined {
    const { parts, length } = this;
    this.parts = [];
    this.length = 0;
    if (length > this.limit) return undefined;
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }
}
