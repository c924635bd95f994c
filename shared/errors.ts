import { z } from "zod";

/**
 * Why a run did not succeed. The codes are a contract: they are stable and documented
 * (`docs/failures.md`), callers branch on them; messages are for people and may change.
 */
export const FailureCode = z.enum([
  "PIPELINE_INVALID",
  "DATASET_INVALID",
  "DATASET_CHANGED",
  "DATASET_NOT_FOUND",
  "QUOTA_EXHAUSTED",
  "BUDGET_EXCEEDED",
  "CREDENTIAL_EXPIRING",
  "CAPACITY_UNAVAILABLE",
  "NODE_LOST",
  "IMAGE_PULL_FAILED",
  "DATA_DOWNLOAD_FAILED",
  "TRAINING_CRASHED",
  "OUT_OF_MEMORY",
  "PUSH_FAILED",
  "TUNING_TIMEOUT",
  "ADAPTER_INVALID",
  "VERSION_CONFLICT",
  "EVALUATION_REJECTED",
  "APPROVAL_REJECTED",
  "APPROVAL_TIMEOUT",
  "ROLLOUT_FAILED",
  "ROLLOUT_TIMEOUT",
  "WORKSPACE_CHANGED",
  "SUPERSEDED",
  "CANCELLED",
  "UNSUPPORTED",
  "PERMISSION_DENIED",
  "CLUSTER_UNAVAILABLE",
  "REGISTRY_UNAVAILABLE",
  "STORAGE_UNAVAILABLE",
  "INTERNAL",
]);
export type FailureCode = z.infer<typeof FailureCode>;

/** A settled failure as it travels between functions: JSON, no stack, no class. */
export const Failure = z.object({
  code: FailureCode,
  message: z.string(),
  /** One place each: `support/a.jsonl line 3: ...`. At most 20. */
  details: z.array(z.string()).optional(),
});
export type Failure = z.infer<typeof Failure>;

interface PermanentErrorOptions extends ErrorOptions {
  readonly details?: readonly string[] | undefined;
}

/** Asking again will not help. Activities report it as a value; see `runActivity`. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
  readonly code: FailureCode;
  readonly details: readonly string[] | undefined;

  constructor(code: FailureCode, message: string, options: PermanentErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details;
  }
}

/** The failure as an error again, on the far side of a function boundary. */
export function fromFailure({ code, message, details }: Failure): PermanentError {
  return new PermanentError(code, message, { details });
}

/** What is out of reach when retries run out: it names the failure code of the run. */
export type UnavailableCode =
  "CLUSTER_UNAVAILABLE" | "REGISTRY_UNAVAILABLE" | "STORAGE_UNAVAILABLE";

/**
 * Asking again later may help: throttling, a dropped connection, a 5xx.
 *
 * Its text begins with the code, because only the text of a thrown error reaches the orchestration.
 */
export class TransientError extends Error {
  override readonly name = "TransientError";
  readonly code: UnavailableCode;

  constructor(code: UnavailableCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

const UNAVAILABLE = /\b(CLUSTER_UNAVAILABLE|REGISTRY_UNAVAILABLE|STORAGE_UNAVAILABLE): (.*)/;

/** Reduces anything thrown to what a caller may see. */
export function toFailure(error: unknown): Failure {
  if (error instanceof PermanentError) {
    const { code, message, details } = error;
    return details ? { code, message, details: [...details] } : { code, message };
  }
  const message = error instanceof Error ? error.message : String(error);
  const unavailable = UNAVAILABLE.exec(message);
  return unavailable
    ? { code: FailureCode.parse(unavailable[1]), message: unavailable[2] ?? message }
    : { code: "INTERNAL", message };
}
