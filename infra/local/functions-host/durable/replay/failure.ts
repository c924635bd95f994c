import type { FailureDetails } from "../history.ts";

/** Fails the orchestration. `details` becomes the second half of the error its caller sees. */
export class OrchestrationFailure extends Error {
  override readonly name = "OrchestrationFailure";
  readonly details: string;
  /** Of the task failure that the orchestrator did not catch, if the app describes its errors. */
  readonly failureDetails: FailureDetails | undefined;

  constructor(message: string, details = "", failureDetails?: FailureDetails) {
    super(message);
    this.details = details;
    this.failureDetails = failureDetails;
  }
}

/** The orchestrator no longer asks for what its history says it asked for. */
export class NonDeterminism extends OrchestrationFailure {}
