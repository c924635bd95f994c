import { TransientError } from "../../errors.ts";

/** Reads an answer's body into memory, within bounds. */
export type ReadBody = (chunks: AsyncIterable<Buffer>) => Promise<Buffer>;

/** Fails if there is more: half an answer is none. */
export function atMost(bytes: number): ReadBody {
  return async (chunks) => {
    const kept: Buffer[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      if (size > bytes) {
        throw new TransientError("CLUSTER_UNAVAILABLE", `the answer has more than ${bytes} bytes`);
      }
      kept.push(chunk);
    }
    return Buffer.concat(kept);
  };
}

/** Keeps the end, however much there is. */
export function theLast(bytes: number): ReadBody {
  return async (chunks) => {
    let kept: Buffer[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      kept.push(chunk);
      size += chunk.length;
      if (size > 2 * bytes) {
        kept = [Buffer.concat(kept).subarray(-bytes)];
        size = bytes;
      }
    }
    const all = Buffer.concat(kept);
    return all.subarray(Math.max(0, all.length - bytes));
  };
}
