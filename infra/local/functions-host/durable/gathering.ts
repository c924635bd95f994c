import type { Clock } from "../../program/clock/clock.ts";

/**
 * An episode sends and replays the whole history, so that many small ones over a long history cost the
 * square of its length. This share of a history is worth waiting for before the next episode.
 */
const SHARE_OF_HISTORY = 16;

/** Fewer messages than that are not worth any waiting. */
const FEWEST = 4;

/** No result waits longer than that for others. */
const LIMIT_MS = 25;

/** Lets the results of activities that run at the same time arrive together. */
export class Gathering {
  readonly #clock: Clock;
  /** How many activities are running or waiting to, by instance. */
  readonly #expected = new Map<string, number>();
  readonly #check = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  expect(instanceId: string): void {
    this.#expected.set(instanceId, (this.#expected.get(instanceId) ?? 0) + 1);
  }

  arrived(instanceId: string): void {
    const left = (this.#expected.get(instanceId) ?? 1) - 1;
    if (left > 0) this.#expected.set(instanceId, left);
    else this.#expected.delete(instanceId);
    this.#check.get(instanceId)?.();
  }

  /**
   * Waits until enough has come for a history of that length, or nothing more is expected.
   *
   * @param waiting how many messages there are at that moment
   */
  async wait(instanceId: string, historyLength: number, waiting: () => number): Promise<void> {
    const enough = Math.floor(historyLength / SHARE_OF_HISTORY);
    const isEnough = (): boolean => waiting() >= enough || !this.#expected.has(instanceId);
    if (enough < FEWEST || isEnough()) return;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#check.delete(instanceId);
        resolve();
      };
      const limit = this.#clock.now() + LIMIT_MS;
      const cancel = this.#clock.at(limit, end, { isBackground: true });
      this.#check.set(instanceId, () => {
        if (isEnough()) end();
      });
    });
  }
}
