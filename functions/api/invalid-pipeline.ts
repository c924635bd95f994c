import { ApiFailure } from "./api-error.ts";

interface Place {
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What is wrong with a document, place by place. */
export function invalidPipeline(problems: readonly Place[]): ApiFailure {
  const unsupported = problems.every(({ kind }) => kind === "unsupported");
  const details = problems.map(
    ({ line, column, message }) => `line ${line}, column ${column}: ${message}`,
  );
  return unsupported
    ? new ApiFailure("UNSUPPORTED", "The pipeline asks for what is not supported yet", details)
    : new ApiFailure("INVALID", "The pipeline is not valid", details);
}
