import { setTimeout } from "node:timers/promises";

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

/** What was started, to be stopped in reverse order, in a limited time. */
export class Undo {
  readonly #steps: Step[] = [];
  #running: Promise<void> | undefined;

  defer(name: string, stop: () => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /**
   * Stops everything, also what comes after something that fails or hangs. Asked twice, it does it once.
   *
   * @throws {Error} naming what did not stop
   */
  async run(limitMs: number): Promise<void> {
    this.#running ??= this.#stopAll(performance.now() + limitMs);
    return this.#running;
  }

  /** Real time, also when what is stopped lives in another one. */
  async #stopAll(deadline: number): Promise<void> {
    const problems: string[] = [];
    for (const { name, stop } of this.#steps.toReversed()) {
      try {
        await within(stop(), Math.max(0, deadline - performance.now()));
      } catch (error) {
        problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (problems.length > 0) throw new Error(`Not stopped cleanly: ${problems.join("; ")}`);
  }
}

async function within(work: Promise<void>, limitMs: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([
      work,
      setTimeout(limitMs, undefined, { signal: timer.signal }).then(() => {
        throw new Error("did not stop in time");
      }),
    ]);
  } finally {
    timer.abort();
    // It may still fail, when nobody waits for it any more.
    work.catch(() => undefined);
  }
}
