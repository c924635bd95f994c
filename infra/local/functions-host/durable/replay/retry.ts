import type { RetryPolicy } from "./action.ts";
import type { ReplayContext } from "./replay-context.ts";
import { runSteps, type Steps, type Task } from "./task.ts";

/** DurableTask.Core `RetryInterceptor`. */
export function callWithRetry(context: ReplayContext, policy: RetryPolicy, call: () => Task): Task {
  return runSteps(attempt(context, policy, call));
}

function* attempt(context: ReplayContext, policy: RetryPolicy, call: () => Task): Steps {
  const firstAttemptAt = context.now;
  let failure: unknown;
  for (let retries = 0; retries < policy.maxNumberOfAttempts; retries += 1) {
    try {
      return yield call();
    } catch (error) {
      failure = error;
    }
    if (retries + 1 === policy.maxNumberOfAttempts) {
      // Of no use, but RetryableTask of durable-functions waits for it after the last attempt too.
      yield context.createTimer(context.now);
      break;
    }
    if (context.now >= firstAttemptAt + (policy.retryTimeoutInMilliseconds ?? Infinity)) break;
    yield context.createTimer(context.now + delayOf(policy, retries));
  }
  throw failure;
}

function delayOf(policy: RetryPolicy, retries: number): number {
  const delay =
    policy.firstRetryIntervalInMilliseconds * (policy.backoffCoefficient ?? 1) ** retries;
  return Math.min(delay, policy.maxRetryIntervalInMilliseconds ?? Infinity);
}
