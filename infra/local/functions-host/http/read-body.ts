import type { IncomingMessage } from "node:http";

import { LONGEST_PAUSE_MS, SLOW_BODY_GRACE_MS, SLOWEST_BODY_BYTES_PER_S } from "./limits.ts";

/** The client sends more than it may, or no longer sends: it is told so, and its connection ends. */
export class BodyRefused extends Error {
  readonly status: 408 | 413;

  constructor(status: 408 | 413) {
    super(status === 413 ? "The body is too large." : "The body did not come.");
    this.status = status;
  }
}

/** @throws {BodyRefused} if the body is larger than the limit (the rest is not read then), or stalls */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The body piece by piece, as fast as it is asked for: the time that is taken from the client is the time
 * that was spent waiting for it, not the time that the app needs.
 *
 * @throws {BodyRefused}
 */
export async function* readChunks(
  request: IncomingMessage,
  limit: number,
): AsyncGenerator<Buffer, void> {
  refuseTooLarge(request, limit);
  const chunks: AsyncIterator<unknown> = request.iterator({ destroyOnReturn: false });
  let size = 0;
  let waited = 0;
  for (;;) {
    const begin = performance.now();
    const next = await withTimeLimit(chunks.next(), patienceLeft(size, waited));
    waited += performance.now() - begin;
    if (next.done === true) return;
    if (!Buffer.isBuffer(next.value)) throw new TypeError("A body without encoding is bytes.");
    size += next.value.length;
    if (size > limit) throw new BodyRefused(413);
    yield next.value;
  }
}

/** @throws {BodyRefused} if the request says itself that its body is too large */
export function refuseTooLarge({ headers }: IncomingMessage, limit: number): void {
  if (Number(headers["content-length"] ?? 0) > limit) throw new BodyRefused(413);
}

function patienceLeft(size: number, waitedMs: number): number {
  const earned = Math.max(SLOW_BODY_GRACE_MS, (size / SLOWEST_BODY_BYTES_PER_S) * 1000);
  return Math.min(LONGEST_PAUSE_MS, earned - waitedMs);
}

async function withTimeLimit<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new BodyRefused(408)), Math.max(limitMs, 0));
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
