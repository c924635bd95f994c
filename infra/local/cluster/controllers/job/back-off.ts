const LONGEST = 60;

/** How long the Jobs wait before they replace a failed pod. */
export class BackOff {
  readonly #firstMs: number;
  readonly #lastFailure = new Map<string, number>();

  constructor(firstMs: number) {
    this.#firstMs = firstMs;
  }

  note(jobUid: string, now: number): void {
    this.#lastFailure.set(jobUid, now);
  }

  forget(jobUid: string): void {
    this.#lastFailure.delete(jobUid);
  }

  /** kubernetes: 10 s, doubled with each failure, at most 10 minutes. */
  remaining(jobUid: string, failures: number, now: number): number {
    const since = this.#lastFailure.get(jobUid);
    if (failures === 0 || since === undefined) return 0;
    const wait = this.#firstMs * Math.min(2 ** (failures - 1), LONGEST);
    return Math.max(0, since + wait - now);
  }
}
