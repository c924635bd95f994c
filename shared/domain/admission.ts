import { z } from "zod";

import { runId } from "./run.ts";

// Who runs and who waits. The only place where an overlap policy is known; today there is one, `queue`:
// one run at a time, and further requests wait for their turn.

/** A run that is to be started with the requests that made it. */
export const PendingRun = z.object({ run: z.string(), requests: z.array(z.string()).min(1) });
export type PendingRun = z.infer<typeof PendingRun>;

/** Ids only: an entity's state is parsed and rewritten at each operation. */
export const AdmissionState = z.object({
  sequence: z.number().int().nonnegative(),
  waiting: z.array(z.string()),
  running: z.record(z.string(), z.array(z.string())),
});
export type AdmissionState = z.infer<typeof AdmissionState>;

export const emptyAdmission: AdmissionState = { sequence: 0, waiting: [], running: {} };

/**
 * `highestSequence` comes from the table of runs: when the task hub, and with it the entity, was lost,
 * the numbers go on from there.
 */
export const Offer = z.object({
  request: z.string(),
  pipeline: z.string(),
  highestSequence: z.number().int(),
});
export const Finished = z.object({
  run: z.string(),
  pipeline: z.string(),
  highestSequence: z.number().int(),
});

/** `start` is absent when nothing is to be started; it is the same however often it is asked. */
export const AdmissionAnswer = z.object({ start: PendingRun.optional() });
export type AdmissionAnswer = z.infer<typeof AdmissionAnswer>;

type Decision = readonly [AdmissionState, AdmissionAnswer];

/** A request wants to run. */
export function offer(state: AdmissionState, input: z.infer<typeof Offer>): Decision {
  const mine = Object.entries(state.running).find(([, ids]) => ids.includes(input.request));
  if (mine) return [state, { start: { run: mine[0], requests: mine[1] } }];

  const waiting = state.waiting.includes(input.request)
    ? state.waiting
    : [...state.waiting, input.request];
  return promote({ ...state, waiting }, input);
}

/** A run has ended, and cleaned up: the next one may pay for a GPU now. */
export function finished(state: AdmissionState, input: z.infer<typeof Finished>): Decision {
  const running = Object.fromEntries(
    Object.entries(state.running).filter(([run]) => run !== input.run),
  );
  return promote({ ...state, running }, input);
}

function promote(
  state: AdmissionState,
  { pipeline, highestSequence }: { pipeline: string; highestSequence: number },
): Decision {
  const [next, ...waiting] = state.waiting;
  if (next === undefined || Object.keys(state.running).length > 0) return [state, {}];

  const sequence = Math.max(state.sequence, highestSequence) + 1;
  const run = runId(pipeline, sequence);
  const requests = [next];
  return [{ sequence, waiting, running: { [run]: requests } }, { start: { run, requests } }];
}
