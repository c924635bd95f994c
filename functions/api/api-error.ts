import type { ZodError } from "zod";

import type { ApiErrorCode } from "../../shared/contracts/http-api.ts";

/** What a caller did wrong, or must wait for: the one way to answer with anything but success. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: ApiErrorCode;
  readonly details: readonly string[] | undefined;

  constructor(code: ApiErrorCode, message: string, details?: readonly string[]) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** @param what was read, for what is wrong with the whole of it */
export function invalid(what: "body" | "query", { issues }: ZodError): ApiFailure {
  const details = issues.map(({ path, message }) => `${path.join(".") || what}: ${message}`);
  return new ApiFailure("INVALID", `The ${what} is not valid`, details);
}

/** HTTP status for each code. */
export const STATUS_OF: Readonly<Record<ApiErrorCode, number>> = {
  INVALID: 400,
  UNSUPPORTED: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  INTERNAL: 500,
  UNAVAILABLE: 503,
};
