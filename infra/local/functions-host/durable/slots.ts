/** Behind that many pieces of work that were begun, the list of those that wait is cut. */
const CUT_AFTER = 1024;

/** Lets a limited number of pieces of work run at the same time; the others wait in order. */
export class Slots {
  #free: number;
  #waiting: (() => Promise<void>)[] = [];
  /** The first of the list that has not begun: taking it off the front each time would move all others. */
  #next = 0;

  constructor(count: number) {
    this.#free = count;
  }

  /** @param work deals with its own errors */
  run(work: () => Promise<void>): void {
    if (this.#free === 0) {
      this.#waiting.push(work);
      return;
    }
    this.#free -= 1;
    void this.#workFrom(work);
  }

  async #workFrom(first: () => Promise<void>): Promise<void> {
    for (let work: (() => Promise<void>) | undefined = first; work; work = this.#takeNext()) {
      await work();
    }
    this.#free += 1;
  }

  #takeNext(): (() => Promise<void>) | undefined {
    const work = this.#waiting[this.#next];
    if (!work) return undefined;
    this.#next += 1;
    if (this.#next === this.#waiting.length || this.#next >= CUT_AFTER) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return work;
  }
}
