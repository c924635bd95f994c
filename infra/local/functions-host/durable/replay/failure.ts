/** Fails the orchestration. `details` becomes the second half of the error its caller sees. */
export class OrchestrationFailure extends Error {
  override readonly name = "OrchestrationFailure";
  readonly details: string;

  constructor(message: string, details = "") {
    super(message);
    this.details = details;
  }
}

/** The orchestrator no longer asks for what its history says it asked for. */
export class NonDeterminism extends OrchestrationFailure {}
