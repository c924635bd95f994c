import { RegistryError } from "../registry-error.ts";

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a `Range` header (RFC 9110, 14.2) for a content of `size` bytes.
 *
 * @returns `undefined` if the whole content is to be sent: no header, another unit, several ranges
 * @throws {RegistryError} 416 if no byte of the content is in the range
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const range = first === "" ? lastBytes(Number(last), size) : bytesFrom(first, last, size);
  if (range && range.start > Math.min(range.end, size - 1)) {
    throw new RegistryError(416, "RANGE_INVALID", `the blob has ${size} bytes`, {
      headers: { "content-range": `bytes */${size}` },
    });
  }
  return range;
}

function lastBytes(count: number, size: number): ByteRange {
  return { start: Math.max(0, size - count), end: size - 1 };
}

/** A range whose end is before its start is no range, and is ignored. */
function bytesFrom(first: string, last: string, size: number): ByteRange | undefined {
  if (last === "") return { start: Number(first), end: size - 1 };
  if (Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: Math.min(Number(last), size - 1) };
}
