export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string | undefined;
  readonly group?: string | undefined;
  readonly kind?: string | undefined;
  readonly uid?: string | undefined;
  readonly causes?: readonly StatusCause[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** An answer that is a `Status` object of a failure (apimachinery: api/errors/errors.go). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): object {
    const { code, reason, message, details } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details && { details }),
      code,
    };
  }
}

/** What an error names: `workspaces.kaito.sh "support"`. */
export interface Subject {
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

export function qualify(group: string, name: string): string {
  return group === "" ? name : `${name}.${group}`;
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

export function notFound({ group, plural }: Subject, name: string): ApiError {
  const message = `${qualify(group, plural)} "${name}" not found`;
  return new ApiError(404, "NotFound", message, { name, group, kind: plural });
}

export function alreadyExists({ group, plural }: Subject, name: string): ApiError {
  const message = `${qualify(group, plural)} "${name}" already exists`;
  return new ApiError(409, "AlreadyExists", message, { name, group, kind: plural });
}

export function conflict({ group, plural }: Subject, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${qualify(group, plural)} "${name}": ${why}`;
  return new ApiError(409, "Conflict", message, { name, group, kind: plural });
}

export const MODIFIED_SINCE =
  "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden({ group, plural }: Subject, name: string, why: string): ApiError {
  const message = `${qualify(group, plural)} "${name}" is forbidden: ${why}`;
  return new ApiError(403, "Forbidden", message, { name, group, kind: plural });
}

export function invalid(
  { group, kind }: Subject,
  name: string,
  causes: readonly StatusCause[],
): ApiError {
  const texts = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
  const message = `${qualify(group, kind)} "${name}" is invalid: ${list}`;
  return new ApiError(422, "Invalid", message, { name, group, kind, causes });
}

export function invalidValue(field: string, value: unknown, why: string): StatusCause {
  const shown = `Invalid value: ${JSON.stringify(value)}: ${why}`;
  return { reason: "FieldValueInvalid", message: shown, field };
}

export function requiredValue(field: string, why?: string): StatusCause {
  const message = why === undefined ? "Required value" : `Required value: ${why}`;
  return { reason: "FieldValueRequired", message, field };
}

export function expired(message: string): ApiError {
  return new ApiError(410, "Expired", message);
}

export function unsupportedMediaType(accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

export function serviceUnavailable(message: string): ApiError {
  return new ApiError(503, "ServiceUnavailable", message);
}

export function internalError(message: string): ApiError {
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message, field: "" }],
  });
}

export function unauthorized(): ApiError {
  return new ApiError(401, "Unauthorized", "Unauthorized");
}

/** What the API says about a path that nothing serves. */
export function noSuchPath(): ApiError {
  return new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

export function methodNotAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}
