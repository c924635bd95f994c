import { isMissing } from "./is-missing.ts";

/** What a loop needs that looks into a storage account again and again. */
export class Lookout {
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;
  #isFailing = false;

  /** Aborted when the loop is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  stop(): void {
    this.#stop.abort();
    this.#wake();
  }

  /** Ends a sleep: there is something to see. */
  wake(): void {
    this.#wake();
  }

  /** What is looked into is outside, so this is real time whatever the host's clock says. */
  async sleep(ms: number): Promise<void> {
    if (this.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * Looks once. What is not there yet is empty; another failure is told once, until it is over.
   *
   * @returns undefined if it failed
   */
  async look<Found>(
    look: () => Promise<Found>,
    tell: (error: unknown) => void,
  ): Promise<Found | undefined> {
    try {
      const found = await look();
      this.#isFailing = false;
      return found;
    } catch (error) {
      if (this.signal.aborted || this.#isFailing || isMissing(error)) return undefined;
      this.#isFailing = true;
      tell(error);
      return undefined;
    }
  }
}
