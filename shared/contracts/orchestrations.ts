import { z } from "zod";

import { RunId } from "../domain/run.ts";

/** Names under which orchestrations and entities are registered. */
export const orchestrationNames = {
  admit: "admit",
  run: "run",
  awaitTuning: "awaitTuning",
  awaitServing: "awaitServing",
  bury: "bury",
} as const;

export const entityNames = { pipeline: "pipeline" } as const;

/** An event of this name means "look now"; what to see stands in the run's row. */
export const WAKE_EVENT = "wake";

/** Instances that wait on behalf of a run, so that whoever wakes the run can wake them too. */
export const waitingInstances = (run: string): readonly string[] => [`tune-${run}`, `serve-${run}`];

export const AdmitInput = z.object({ pipeline: z.string(), request: z.string() });
export type AdmitInput = z.infer<typeof AdmitInput>;

export const RunInput = z.object({ run: RunId });
export type RunInput = z.infer<typeof RunInput>;

/** Ends a run whose own orchestration is gone. */
export const BuryInput = z.object({ run: RunId, pauseMs: z.number().int().positive() });
export type BuryInput = z.infer<typeof BuryInput>;
