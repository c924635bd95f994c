import type { Failure, FailureCode } from "../errors.ts";
import type { EndPhase } from "./run.ts";

/** How a run ends. */
export interface RunEnd {
  readonly phase: EndPhase;
  readonly failure?: Failure;
  /** Why it ended without a new version although nothing failed. */
  readonly note?: string;
}

const END_OF: Partial<Record<FailureCode, EndPhase>> = {
  CANCELLED: "Cancelled",
  SUPERSEDED: "Superseded",
  EVALUATION_REJECTED: "Rejected",
  APPROVAL_REJECTED: "Rejected",
  APPROVAL_TIMEOUT: "Rejected",
};

/**
 * The end that a failure leads to.
 *
 * @param restored - whether a rollout was under way and the old version serves again
 */
export function endFor(failure: Failure, restored: boolean): RunEnd {
  const phase = END_OF[failure.code] ?? (restored ? "RolledBack" : "Failed");
  return { phase, failure };
}
