import { type Failure, PermanentError } from "../errors.ts";

/** The last lines of the containers whose words explain a failed tuning. */
export interface TuningLog {
  readonly trainer: readonly string[];
  readonly pusher: readonly string[];
}

/** The failure again, with the last words of the container that failed. */
export function explain({ code, message, details }: Failure, log: TuningLog): PermanentError {
  const lines = linesFor(code, log);
  const all = [...(details ?? []), ...lines];
  return new PermanentError(code, message, { details: all.length > 0 ? all : undefined });
}

function linesFor(code: Failure["code"], log: TuningLog): readonly string[] {
  if (code === "TRAINING_CRASHED" || code === "OUT_OF_MEMORY") return log.trainer;
  return code === "PUSH_FAILED" ? log.pusher : [];
}
