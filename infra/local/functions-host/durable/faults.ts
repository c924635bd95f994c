import type { Message } from "./message.ts";

export type FaultMoment = "before-commit" | "after-commit";

/** What becomes of one call of an activity. `hang`: it never answers, and its message is not consumed. */
export type CallFault = "none" | "fail" | "hang";

/** Where a test can make the host fail. */
export interface Faults {
  /**
   * `before-commit`: the function has returned and nothing of it is stored yet. `after-commit`: it is stored.
   *
   * @param subject an activity's name, `orchestration:<name>`, `entity:<name>`, or `client` for what
   *   the management API stores
   */
  reached(moment: FaultMoment, subject: string): void;
  /** Asked once before each call of an activity. */
  call(activity: string): CallFault;
  /**
   * Asked once for each message that becomes due: after how many milliseconds it is delivered, once for
   * each number. `[0]`: as usual. `[0, 0]`: twice. `[250]`: late, behind what comes in between.
   */
  deliveries(message: Message): readonly number[];
}

const AT_ONCE: readonly number[] = [0];

export const noFaults: Faults = {
  reached: () => undefined,
  call: () => "none",
  deliveries: () => AT_ONCE,
};
