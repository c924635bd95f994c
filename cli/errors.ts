import type { ApiErrorCode } from "../shared/contracts/http-api.ts";

interface Particulars extends ErrorOptions {
  /** What a program reads of it with `--json`. */
  readonly code?: ApiErrorCode;
  /** One place each. */
  readonly details?: readonly string[];
}

/** The command was used wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code: ApiErrorCode = "INVALID";
  readonly details: readonly string[];

  constructor(message: string, { details = [], cause }: Particulars = {}) {
    super(message, { cause });
    this.details = details;
  }
}

/** The command was right and its answer is bad news: exit code 1. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
  /** `undefined`: a program has read it already, in the document that the command printed. */
  readonly code: ApiErrorCode | undefined;
  readonly details: readonly string[];

  constructor(message: string, { code, details = [], cause }: Particulars = {}) {
    super(message, { cause });
    this.code = code;
    this.details = details;
  }
}

/** Nobody answers now: asking again later may help. */
export class UnreachableError extends CommandError {
  override readonly name = "UnreachableError";

  constructor(message: string, particulars: Omit<Particulars, "code"> = {}) {
    super(message, { ...particulars, code: "UNAVAILABLE" });
  }
}

/** Ctrl-C, or a polite kill: the reason of an abort. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}

/** What the system calls an error: `ENOENT`, `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
