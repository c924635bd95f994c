/** The outputs of instances, for those who wait for them: whichever comes first, output or wait. */
export class Outputs {
  readonly #known = new Map<string, string>();
  readonly #waiting = new Map<string, (output: string) => void>();

  set(id: string, output: string): void {
    const waiter = this.#waiting.get(id);
    if (!waiter) {
      this.#known.set(id, output);
      return;
    }
    this.#waiting.delete(id);
    waiter(output);
  }

  async of(id: string): Promise<string> {
    const known = this.#known.get(id);
    if (known === undefined) return new Promise((resolve) => this.#waiting.set(id, resolve));
    this.#known.delete(id);
    return known;
  }
}
