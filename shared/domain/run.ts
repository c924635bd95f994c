import { z } from "zod";

import { Failure } from "../errors.ts";

export const ACTIVE_PHASES = [
  "Collecting",
  "Preparing",
  "Preflight",
  "Tuning",
  "Registering",
  "Evaluating",
  "AwaitingApproval",
  "RollingOut",
  "Verifying",
] as const;

export const END_PHASES = [
  "Succeeded",
  "Failed",
  "Rejected",
  "RolledBack",
  "Superseded",
  "Cancelled",
] as const;

export const ActivePhase = z.enum(ACTIVE_PHASES);
export type ActivePhase = z.infer<typeof ActivePhase>;

export const EndPhase = z.enum(END_PHASES);
export type EndPhase = z.infer<typeof EndPhase>;

export const RunPhase = z.enum([...ACTIVE_PHASES, ...END_PHASES]);
export type RunPhase = z.infer<typeof RunPhase>;

export const RUN_ID = /^[a-z0-9](?:[-a-z0-9]{0,28}[a-z0-9])?-[1-9][0-9]{0,8}$/;
export const RunId = z.string().regex(RUN_ID);

/** How far a phase is, as far as it can be known. */
export const Progress = z.object({
  /** What happens now, in a few words: `waiting for a GPU node`, `training`. */
  stage: z.string(),
  percent: z.number().min(0).max(100).optional(),
  loss: z.number().optional(),
});
export type Progress = z.infer<typeof Progress>;

/** A question asked before and after, side by side. */
export const AnswerPair = z.object({
  question: z.string(),
  /** `undefined` when nothing could be asked. */
  before: z.string().optional(),
  after: z.string().optional(),
  expected: z.array(z.string()),
  passedBefore: z.boolean().optional(),
  passedAfter: z.boolean().optional(),
});
export type AnswerPair = z.infer<typeof AnswerPair>;

/** A run as its table keeps it, for listing; the engine is the truth of where it stands. */
export const RunRecord = z.object({
  id: RunId,
  pipeline: z.string(),
  sequence: z.number().int().positive(),
  /** The pipeline's generation that this run keeps. */
  generation: z.number().int().positive(),
  requests: z.array(z.string()),
  phase: RunPhase,
  progress: Progress.optional(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** When each phase began. */
  phases: z.array(z.object({ phase: RunPhase, at: z.iso.datetime() })),
  failure: Failure.optional(),
  /** Why a run ended without a new version although nothing failed. */
  note: z.string().optional(),
  version: z.number().int().positive().optional(),
  digest: z.string().optional(),
  datasetSha256: z.string().optional(),
  rows: z.number().int().nonnegative().optional(),
  /** Seconds a GPU node existed for tuning, read from the cluster. */
  gpuSeconds: z.number().nonnegative().optional(),
  /** Seconds in which nothing answered during an `inPlace` rollout. */
  servingGapSeconds: z.number().nonnegative().optional(),
  answers: z.array(AnswerPair).optional(),
  /** What the run could not give back, in words. Normally empty. */
  leftBehind: z.array(z.string()),
  cancelRequestedAt: z.iso.datetime().optional(),
  cancelRequestedBy: z.string().optional(),
});
export type RunRecord = z.infer<typeof RunRecord>;

export function runId(pipeline: string, sequence: number): string {
  return `${pipeline}-${sequence}`;
}

/** `support-7` -> pipeline `support`, sequence 7; `undefined` if it is not a run's id. */
export function parseRunId(id: string): { pipeline: string; sequence: number } | undefined {
  if (!RUN_ID.test(id)) return undefined;
  const dash = id.lastIndexOf("-");
  return { pipeline: id.slice(0, dash), sequence: Number(id.slice(dash + 1)) };
}

/** @throws {RangeError} if it is not a run's id */
export function pipelineOf(run: string): string {
  const parsed = parseRunId(run);
  if (!parsed) throw new RangeError(`'${run}' is not the id of a run`);
  return parsed.pipeline;
}

export function hasEnded(phase: RunPhase): phase is EndPhase {
  return EndPhase.safeParse(phase).success;
}
