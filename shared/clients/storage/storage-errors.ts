import { isRestError } from "@azure/core-rest-pipeline";
import { z } from "zod";

import { PermanentError, TransientError } from "../../errors.ts";

/** What the storage services answer when a condition does not hold: it exists, or it has changed. */
const CONFLICTS = new Set([409, 412]);

/** Asking the same again cannot help: the request itself is refused. */
const REFUSED = new Set([400, 411, 413, 414]);

/** A service that is being set up or torn down answers 409 too, which is no answer to a condition. */
const PASSING_CONFLICTS = new Set([
  "ContainerBeingDeleted",
  "TableBeingDeleted",
  "ContainerDisabled",
  "AccountBeingCreated",
]);

export function isAbsent(error: unknown): boolean {
  return isRestError(error) && error.statusCode === 404;
}

/** @returns whether a condition (`If-Match`, `If-None-Match`, insert) did not hold */
export function isConflict(error: unknown): boolean {
  if (!isRestError(error)) return false;
  return CONFLICTS.has(error.statusCode ?? 0) && !PASSING_CONFLICTS.has(error.code ?? "");
}

/**
 * Turns an error of a storage SDK into ours; the original stays reachable as `cause`.
 *
 * Blobs and tables throw the same class. Its own text is not used for answers of the service: it may
 * quote the request.
 */
export function storageError(doing: string, error: unknown): PermanentError | TransientError {
  if (error instanceof PermanentError || error instanceof TransientError) return error;
  if (!isRestError(error) || error.statusCode === undefined) {
    const reason = error instanceof Error ? withoutQuery(error.message) : "no answer";
    return new TransientError("STORAGE_UNAVAILABLE", `${doing}: ${reason}`, { cause: error });
  }

  const { statusCode, code = "no error code" } = error;
  const message = `${doing}: storage answered ${statusCode} ${code}`;
  if (statusCode === 401 || statusCode === 403) {
    return new PermanentError("PERMISSION_DENIED", message, { cause: error });
  }
  if (REFUSED.has(statusCode)) return new PermanentError("INTERNAL", message, { cause: error });
  return new TransientError("STORAGE_UNAVAILABLE", message, { cause: error });
}

/** For `.catch(failed("..."))`. */
export function failed(doing: string): (error: unknown) => never {
  return (error) => {
    throw storageError(doing, error);
  };
}

/** For calls to which "there is none" is an answer. */
export function absentOr(doing: string): (error: unknown) => undefined {
  return (error) => {
    if (isAbsent(error)) return undefined;
    throw storageError(doing, error);
  };
}

/**
 * Parses what a service gave back.
 *
 * @throws {PermanentError} `INTERNAL` if it is not what this app once wrote: asking again gives the same
 */
export function parseStored<Output>(
  schema: z.ZodType<Output>,
  value: unknown,
  place: string,
): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `${place} cannot be read: ${z.prettifyError(parsed.error)}`;
  throw new PermanentError("INTERNAL", message, { cause: parsed.error });
}

/** A query may carry a signature. */
function withoutQuery(text: string): string {
  return text.replaceAll(/\?[^\s"']*/g, "");
}
