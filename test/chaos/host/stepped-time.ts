import { LocalTime } from "../../../infra/local/program/clock/local-time.ts";

/** A step of these programs takes milliseconds: one that takes longer never ends. */
const LONGEST_STEP_MS = 30_000;

/** A clock that goes on only when its owner says so, and tells when everybody is at rest. */
export class SteppedTime {
  readonly clock: LocalTime;
  #whenChanged: (() => void) | undefined;

  constructor(startsAt: number) {
    this.clock = new LocalTime(startsAt, () => this.#whenChanged?.());
  }

  /** Resolves when nobody does anything. */
  async rest(): Promise<void> {
    for (;;) {
      await this.clock.rest();
      if (!this.clock.isHeld) return;
      await this.#change();
    }
  }

  /** @returns false if nobody waits for any time */
  jump(): boolean {
    const { foreground } = this.clock.agenda();
    if (foreground === undefined) return false;
    this.clock.set(foreground);
    this.clock.fireDue();
    return true;
  }

  async #change(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => {
        reject(new Error("A step of the task hub does not end."));
      }, LONGEST_STEP_MS);
      this.#whenChanged = () => {
        clearTimeout(deadline);
        this.#whenChanged = undefined;
        resolve();
      };
    });
  }
}
