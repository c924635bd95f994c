import type { Connection } from "./connection.ts";
import { UnreachableError } from "./errors.ts";

export interface Request {
  readonly method: string;
  readonly target: URL;
  /** A string is sent as it is (YAML), anything else as JSON. */
  readonly body: unknown;
}

export interface Answered {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
}

/** What whoever waits for an answer wants. */
export interface Waiting {
  /** Ends an exchange that is under way. */
  readonly interrupt?: AbortSignal;
  /** Is told, once for each exchange, that the answer takes longer than `slowMs`. */
  readonly onSlow?: () => void;
  readonly slowMs?: number;
}

const TIMEOUT_MS = 60_000;

/**
 * One exchange with the app, whatever it answers.
 *
 * @throws {UnreachableError} if nobody answers
 */
export async function exchange(
  { url, key }: Connection,
  { method, target, body }: Request,
  { interrupt, onSlow, slowMs }: Waiting,
): Promise<Answered> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const slow = onSlow && setTimeout(onSlow, slowMs);
  try {
    const response = await fetch(target, {
      method,
      headers: { ...(key !== undefined && { "x-functions-key": key }), ...typeOf(body) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      // Whoever redirects us must not get the key.
      redirect: "manual",
      signal: interrupt ? AbortSignal.any([timeout, interrupt]) : timeout,
    });
    const location = response.headers.get("location");
    return { status: response.status, location, text: await response.text() };
  } catch (error) {
    if (interrupt?.aborted === true) throw error;
    const message = `${url} does not answer (${causeOf(error)}). Is the app running? Start it with npm start, or name another with --url`;
    throw new UnreachableError(message, { cause: error });
  } finally {
    clearTimeout(slow);
  }
}

function typeOf(body: unknown): Record<string, string> {
  if (body === undefined) return {};
  return { "content-type": typeof body === "string" ? "application/yaml" : "application/json" };
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && cause.message ? cause.message : "no reason given";
}
