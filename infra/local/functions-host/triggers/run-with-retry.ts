import type { Clock } from "../../program/clock/clock.ts";
import type { RetryOptions } from "../app/core-api.ts";
import type { RetryContext } from "../app/rpc.ts";

export interface Retrying {
  readonly policy: RetryOptions | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told what a try threw that is not the last one. */
  readonly onRetry: (error: unknown) => void;
}

/**
 * Runs until it succeeds or the function's retry policy is used up.
 *
 * @throws what the last try threw, also when the signal aborts the wait for the next
 */
export async function runWithRetry<Result>(
  { policy, clock, signal, onRetry }: Retrying,
  run: (context: RetryContext | undefined) => Promise<Result>,
): Promise<Result> {
  if (!policy) return run(undefined);
  const maxRetryCount = policy.maxRetryCount ?? -1;
  let last: RetryContext["exception"];
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      return await run({ retryCount, maxRetryCount, ...(last ? { exception: last } : {}) });
    } catch (error) {
      if (retryCount === maxRetryCount || signal.aborted) throw error;
      onRetry(error);
      last = describe(error);
      await pause(clock, delayOf(policy, retryCount), signal);
      if (signal.aborted) throw error;
    }
  }
}

/** Ends early when the signal aborts. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.at(clock.now() + ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    const stop = (): void => {
      cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
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
