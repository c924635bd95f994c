import { z } from "zod";

import { parseJson } from "../../domain/adapter/checked.ts";
import { PermanentError, TransientError } from "../../errors.ts";

const ErrorBody = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

/** What the SDK, the credential and the transport have in common. */
const Thrown = z.object({
  name: z.string().optional().catch(undefined),
  message: z.string().catch(""),
  statusCode: z.number().optional().catch(undefined),
  /** Of the transport: `ECONNREFUSED`. Never the registry's. */
  code: z.string().optional().catch(undefined),
  details: z.unknown(),
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
}

/** @returns the registry's refusal, or `undefined` if it has not answered */
export function answerOf(error: unknown): Answer | undefined {
  const { data } = Thrown.safeParse(error);
  if (data?.statusCode === undefined) return undefined;
  // The shape of `details` differs from one operation of the SDK to the next; the message is the body.
  const code = codeIn(data.details) ?? codeIn(parseJson(data.message)?.value);
  return { status: data.statusCode, code };
}

/** @returns the registry's word for what is wrong: `TAG_UNKNOWN` */
export function codeIn(body: unknown): string | undefined {
  return ErrorBody.safeParse(body).data?.errors[0]?.code;
}

export function isAbsent(error: unknown): boolean {
  return answerOf(error)?.status === 404;
}

/** What ACR says when a lock forbids it. */
export function isLocked(error: unknown): boolean {
  return answerOf(error)?.status === 405;
}

/** Who is not let in, and who meets a lock: somebody must grant or unlock. */
const DENIED = new Set([401, 403, 405]);

const PASSING = new Set([408, 425, 429]);

/**
 * Turns whatever the SDK threw into an error of ours.
 *
 * Neither its text nor the error itself as `cause` goes along: requests carry tokens, and so do the
 * answers of the token routes, which the SDK quotes when it cannot read them.
 */
export function registryError(doing: string, error: unknown): PermanentError | TransientError {
  if (error instanceof PermanentError || error instanceof TransientError) return error;
  const answer = answerOf(error);
  if (!answer) {
    return new TransientError("REGISTRY_UNAVAILABLE", `${doing}: ${reasonOf(error)}`);
  }
  return refusal(doing, answer);
}

export function refusal(doing: string, { status, code }: Answer): PermanentError | TransientError {
  const message = `${doing}: the registry answered ${status} ${shown(code)}`;
  if (DENIED.has(status)) return new PermanentError("PERMISSION_DENIED", message);
  if (PASSING.has(status) || status >= 500) {
    return new TransientError("REGISTRY_UNAVAILABLE", message);
  }
  return new PermanentError("INTERNAL", message);
}

/** For `.catch(failed("..."))`. */
export function failed(doing: string): (error: unknown) => never {
  return (error) => {
    throw registryError(doing, error);
  };
}

/** For calls to which "there is none" is an answer. */
export function absentOr(doing: string): (error: unknown) => undefined {
  return (error) => {
    if (isAbsent(error)) return undefined;
    throw registryError(doing, error);
  };
}

function reasonOf(error: unknown): string {
  const { data } = Thrown.safeParse(error);
  if (data?.name === "AbortError") return "the answer broke off or took too long";
  return data?.code ?? data?.name ?? "no answer";
}

/** A code is a word in capitals; anything else that stands there is not repeated. */
function shown(code: string | undefined): string {
  return code !== undefined && /^[A-Z][A-Z0-9_]{0,60}$/.test(code) ? code : "no error code";
}
