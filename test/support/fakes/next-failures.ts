/** Errors that a test has laid out for the next calls of a fake, in their order. */
export class NextFailures<Method extends string> {
  readonly #errors = new Map<Method, Error[]>();

  add(method: Method, error: Error): void {
    this.#errors.set(method, [...(this.#errors.get(method) ?? []), error]);
  }

  throwFor(method: Method): void {
    const error = this.#errors.get(method)?.shift();
    if (error) throw error;
  }
}
