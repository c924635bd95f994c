/** The command was used wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command was right and its answer is bad news: exit code 1. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** One place each. */
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = []) {
    super(message);
    this.details = details;
  }
}
