export type FaultMoment = "before-commit" | "after-commit";

/**
 * Where a test can make the host fail. `subject` is an activity's name, or `orchestration:<name>`.
 *
 * `before-commit`: the function has returned and nothing of it is stored yet. `after-commit`: it is stored.
 */
export interface Faults {
  reached(moment: FaultMoment, subject: string): void;
}

export const noFaults: Faults = { reached: () => undefined };
