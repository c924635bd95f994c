import { setTimeout } from "node:timers/promises";

import type { RetryOptions } from "../app/core-api.ts";
import type { RetryContext } from "../app/rpc.ts";

/**
 * Runs until it succeeds or the function's retry policy is used up.
 *
 * @throws what the last try threw, or at once when the signal aborts a wait
 */
export async function runWithRetry<Result>(
  policy: RetryOptions | undefined,
  run: (context: RetryContext | undefined) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  if (!policy) return run(undefined);
  const maxRetryCount = policy.maxRetryCount ?? -1;
  let last: RetryContext["exception"];
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      return await run({ retryCount, maxRetryCount, ...(last ? { exception: last } : {}) });
    } catch (error) {
      if (retryCount === maxRetryCount) throw error;
      last = describe(error);
      await setTimeout(delayOf(policy, retryCount), undefined, { signal });
    }
  }
}

function describe(error: unknown): NonNullable<RetryContext["exception"]> {
  return error instanceof Error
    ? { message: error.message, stackTrace: error.stack ?? "", source: "" }
    : { message: String(error), stackTrace: "", source: "" };
}

/** The library has rounded the durations to whole seconds. */
function delayOf(policy: RetryOptions, retryCount: number): number {
  if (policy.retryStrategy === "fixedDelay") return (policy.delayInterval?.seconds ?? 0) * 1000;
  const least = (policy.minimumInterval?.seconds ?? 0) * 1000;
  const most = (policy.maximumInterval?.seconds ?? 0) * 1000;
  return Math.min(most, least * 2 ** retryCount);
}
