import type { ReplayContext } from "./replay-context.ts";
import { runSteps, type Steps, type Task } from "./task.ts";

/** Azure Storage cannot hide a message for longer than 7 days, so the extension splits longer timers. */
const LONGEST_SHORT_TIMER_DAYS = 6;
const LONG_TIMER_HOP_DAYS = 3;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The same two figures as durable-functions wants them in the orchestration trigger's data. */
export const TIMER_LIMITS = {
  maximumShortTimerDuration: `${LONGEST_SHORT_TIMER_DAYS}.00:00:00`,
  longRunningTimerIntervalDuration: `${LONG_TIMER_HOP_DAYS}.00:00:00`,
};

/** `DurableOrchestrationContext.CreateTimer` of the extension. */
export function startTimer(context: ReplayContext, fireAt: number, isCancelled: boolean): Task {
  const isLong = fireAt - context.now > LONGEST_SHORT_TIMER_DAYS * DAY_MS;
  if (isCancelled) return context.createCancelledTimer(isLong ? nextHop(context, fireAt) : fireAt);
  return isLong ? runSteps(hop(context, fireAt)) : context.createTimer(fireAt);
}

function* hop(context: ReplayContext, fireAt: number): Steps {
  while (context.now < fireAt) yield context.createTimer(nextHop(context, fireAt));
  return undefined;
}

function nextHop(context: ReplayContext, fireAt: number): number {
  return Math.min(fireAt, context.now + LONG_TIMER_HOP_DAYS * DAY_MS);
}
