interface ActivityErrorOptions {
  /** Of the .NET exception that the extension would have met. */
  readonly className?: string;
}

/** A failure of one of the extension's own activities: its message is passed on as it is. */
export class ActivityError extends Error {
  override readonly name = "ActivityError";
  readonly className: string;

  constructor(message: string, { className = "System.Exception" }: ActivityErrorOptions = {}) {
    super(message);
    this.className = className;
  }
}
