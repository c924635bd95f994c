import type { z } from "zod";

/** How often, and how patiently, the engine calls an activity again after it threw. */
export interface RetryPolicy {
  readonly firstDelayMs: number;
  readonly backoff: number;
  readonly maxDelayMs: number;
  readonly maxAttempts: number;
}

/**
 * The agreement between an orchestration and an activity.
 *
 * Both sides import the contract and neither imports the other. Input and output cross a queue as JSON,
 * so both are schemas and both are parsed.
 */
export interface ActivityContract<Input, Output> {
  readonly name: string;
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType<Output>;
  readonly retry: RetryPolicy;
}

export function defineActivity<Input, Output>(
  contract: ActivityContract<Input, Output>,
): ActivityContract<Input, Output> {
  return contract;
}

/**
 * Rides out an outage of some minutes (2 s, 4 s, ... 30 s): a cluster upgrade, a storage failover.
 * Each attempt costs about four history events: 12 attempts stay below the 200 an instance may have
 * only because no run meets more than one such outage in its parent instance at a time.
 */
export const PATIENT: RetryPolicy = {
  firstDelayMs: 2_000,
  backoff: 2,
  maxDelayMs: 30_000,
  maxAttempts: 12,
};

/** For looks: the loop around them looks again anyway. */
export const BRISK: RetryPolicy = {
  firstDelayMs: 1_000,
  backoff: 2,
  maxDelayMs: 5_000,
  maxAttempts: 3,
};
