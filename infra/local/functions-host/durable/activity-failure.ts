import { inspect } from "node:util";

import { z } from "zod";

import { ActivityError } from "./activity-error.ts";
import type { FailureDetails } from "./history.ts";

/** The content of a TaskFailed event. */
export interface ActivityFailure {
  readonly Reason: string;
  readonly Details: string;
  readonly FailureDetails?: FailureDetails;
}

/**
 * What durable-functions makes of an error's message if the app has an exception properties provider
 * (lib/src/error/ExceptionPropertiesProvider.js).
 */
const ErrorWithProperties = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  isNonRetriable: z.boolean(),
  properties: z.record(z.string(), z.unknown()),
  stackTrace: z.string().optional(),
});
type ErrorWithProperties = z.infer<typeof ErrorWithProperties>;

/** @param error what the activity function threw */
export function activityFailure(name: string, error: unknown): ActivityFailure {
  if (error instanceof ActivityError) {
    const { message, className } = error;
    return { Reason: message, Details: detailsOf(className, message) };
  }
  const text = messageOf(error);
  const known = readErrorWithProperties(text);
  const message = known?.errorMessage ?? text;
  return {
    // Two spaces: the extension puts an empty label of the worker's message between them.
    Reason: `Activity function '${name}' failed:  ${message}`,
    Details: detailsOf("System.Exception", ` ${message}`),
    ...(known ? { FailureDetails: toFailureDetails(known) } : {}),
  };
}

/** As the Node worker's `ensureErrorType`: whatever is thrown has a message. */
function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (error === undefined || error === null) return "Unknown error";
  if (typeof error === "string") return error;
  try {
    return JSON.stringify(error) ?? inspect(error);
  } catch {
    return inspect(error);
  }
}

/** .NET's exception as JSON; people's apps parse it. */
function detailsOf(className: string, message: string): string {
  const assembly = className.startsWith("System.Net.Http.")
    ? "System.Net.Http"
    : "System.Private.CoreLib";
  return JSON.stringify({
    $type: `${className}, ${assembly}`,
    ClassName: className,
    Message: message,
    Data: null,
  });
}

function readErrorWithProperties(text: string): ErrorWithProperties | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return ErrorWithProperties.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Extension PR #3451: durable-functions makes a `TaskFailedError` of it. */
function toFailureDetails(error: ErrorWithProperties): FailureDetails {
  return {
    ErrorType: error.errorType,
    ErrorMessage: error.errorMessage,
    StackTrace: error.stackTrace ?? null,
    IsNonRetriable: error.isNonRetriable,
    Properties: error.properties,
    InnerFailure: null,
  };
}
