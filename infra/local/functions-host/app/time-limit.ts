import type { Clock } from "../../program/clock/clock.ts";
import { formatTimeSpan } from "../settings/duration.ts";

/** `functionTimeout` of host.json. */
export interface TimeLimit {
  readonly clock: Clock;
  /** undefined: none. */
  readonly limitMs: number | undefined;
}

/** The text of `FunctionTimeoutException` (FunctionExecutor.cs). */
export class FunctionTimeout extends Error {
  override readonly name = "FunctionTimeout";

  constructor(limitMs: number, functionName: string) {
    const limit = formatTimeSpan(limitMs);
    super(`Timeout value of ${limit} was exceeded by function: Functions.${functionName}`);
  }
}

/**
 * Fails when the time is over. Azure ends the worker's process then; what the function goes on doing here
 * has no effect any more on the invocation.
 *
 * @throws {FunctionTimeout}
 */
export async function withTimeLimit<Result>(
  { clock, limitMs }: TimeLimit,
  functionName: string,
  work: Promise<Result>,
): Promise<Result> {
  if (limitMs === undefined) return work;
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const cancel = clock.at(
    clock.now() + limitMs,
    () => reject(new FunctionTimeout(limitMs, functionName)),
    { isBackground: true },
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    cancel();
  }
}
