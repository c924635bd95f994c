/** A log would rather say something twice than a host that runs for months keep every id. */
const MOST_SUBJECTS = 10_000;

/** Remembers what has been told already. */
export class Once {
  readonly #told = new Set<string>();

  isOpen(subject: string): boolean {
    return !this.#told.has(subject);
  }

  /** @returns true the first time */
  isNew(subject: string): boolean {
    if (this.#told.has(subject)) return false;
    this.#told.add(subject);
    const oldest = this.#told.values().next().value;
    if (this.#told.size > MOST_SUBJECTS && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}
