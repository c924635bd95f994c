const TICKS_PER_MS = 10_000n;

/**
 * Makes timestamps as ACR writes them, `2026-11-24T00:52:16.1234567Z`, each later than the one before,
 * so that "newest first" has one answer even for two pushes within a millisecond.
 */
export function createTimestamps(now: () => number = Date.now): () => string {
  let last = 0n;
  return () => {
    const ticks = BigInt(now()) * TICKS_PER_MS;
    last = ticks > last ? ticks : last + 1n;
    const whole = new Date(Number(last / TICKS_PER_MS)).toISOString();
    return `${whole.slice(0, -1)}${String(last % TICKS_PER_MS).padStart(4, "0")}Z`;
  };
}
