import {
  EntityId,
  type OrchestrationContext,
  RetryOptions,
  type Task,
  type TimerTask,
} from "durable-functions";
import type { z } from "zod";

import type { ActivityContract, RetryPolicy } from "../shared/contracts/activity-contract.ts";
import { WAKE_EVENT } from "../shared/contracts/orchestrations.ts";
import { type Outcome, unwrap } from "../shared/contracts/outcome.ts";
import { PermanentError, toFailure } from "../shared/errors.ts";

// All knowledge of durable-functions' calling conventions: what changes with its next major version.

/** What an orchestration, or one step of it, yields to the host and returns. */
export type Durable<Result> = Generator<Task, Result, unknown>;

/**
 * Runs an activity and gives back its typed output: `yield* callActivity(...)`.
 *
 * @throws {PermanentError} if the activity settled on a failure, or retries ran out
 */
export function* callActivity<Input, Output>(
  context: OrchestrationContext,
  contract: ActivityContract<Input, Output>,
  input: Input,
): Durable<Output> {
  const answer = yield* orFail(
    context.df.callActivityWithRetry(contract.name, toRetryOptions(contract.retry), input),
  );
  return contract.output.parse(unwrap(answer));
}

/**
 * Runs a sub-orchestration that returns an `Outcome`, under an instance id that others can wake.
 *
 * @throws {PermanentError} the failure it settled on
 */
export function* callSubOrchestration<Output>(
  context: OrchestrationContext,
  name: string,
  instanceId: string,
  input: unknown,
  output: z.ZodType<Output>,
): Durable<Output> {
  const answer = yield* orFail(context.df.callSubOrchestrator(name, input, instanceId));
  return output.parse(unwrap(answer));
}

/** Calls an entity and waits for its answer: once, durably, in order. */
export function* callEntity<Output>(
  context: OrchestrationContext,
  entity: { name: string; key: string },
  operation: string,
  input: unknown,
  output: z.ZodType<Output>,
): Durable<Output> {
  const id = new EntityId(entity.name, entity.key);
  return output.parse(yield context.df.callEntity(id, operation, input));
}

/** Reduces what an orchestration answers to its caller to JSON that keeps the failure's code. */
export function* settle(body: Durable<unknown>): Durable<Outcome> {
  try {
    return { ok: true, value: yield* body };
  } catch (error) {
    return { ok: false, failure: toFailure(error) };
  }
}

/** Sleeps without occupying a worker; survives restarts. A wake event ends it early. */
export function* sleepUnlessWoken(context: OrchestrationContext, ms: number): Durable<void> {
  const timer: TimerTask = context.df.createTimer(new Date(now(context) + ms));
  // A new task each round: handing a pending one to a second `any` schedules it again and hangs.
  const wake = context.df.waitForExternalEvent(WAKE_EVENT);
  const winner = yield context.df.Task.any([timer, wake]);
  if (winner === wake) timer.cancel();
}

/** The orchestration's clock: the same on every replay, unlike `Date.now()`. */
export function now(context: OrchestrationContext): number {
  return context.df.currentUtcDateTime.getTime();
}

/** The engine throws its own errors; ours keep the code that their text begins with. */
function* orFail(task: Task): Durable<unknown> {
  try {
    return yield task;
  } catch (error) {
    const { code, message } = toFailure(error);
    throw new PermanentError(code, message, { cause: error });
  }
}

function toRetryOptions(policy: RetryPolicy): RetryOptions {
  const options = new RetryOptions(policy.firstDelayMs, policy.maxAttempts);
  options.backoffCoefficient = policy.backoff;
  options.maxRetryIntervalInMilliseconds = policy.maxDelayMs;
  return options;
}
