import { systemClock } from "../../program/clock/clock.ts";
import { formatTimeSpan } from "../settings/duration.ts";

/** The text of `FunctionTimeoutException` (FunctionExecutor.cs). */
export class FunctionTimeout extends Error {
  override readonly name = "FunctionTimeout";

  constructor(limitMs: number, functionName: string) {
    const limit = formatTimeSpan(limitMs);
    super(`Timeout value of ${limit} was exceeded by function: Functions.${functionName}`);
  }
}

/**
 * Fails when the time is over, of real time: a function that waits for an orchestration outlives hours of a
 * virtual one in a moment. Azure ends the worker's process then; what the function goes on doing here has no
 * effect any more on the invocation.
 *
 * @param limitMs `functionTimeout` of host.json; undefined: none
 * @throws {FunctionTimeout}
 */
export async function withTimeLimit<Result>(
  limitMs: number | undefined,
  functionName: string,
  work: Promise<Result>,
): Promise<Result> {
  if (limitMs === undefined) return work;
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const cancel = systemClock.at(systemClock.now() + limitMs, () =>
    reject(new FunctionTimeout(limitMs, functionName)),
  );
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    cancel();
  }
}
