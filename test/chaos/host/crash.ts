import type { FaultMoment } from "../../../infra/local/functions-host/durable/faults.ts";

/** The end of a task hub, as if its process had been killed: nothing of it may reach the store any more. */
export class Crash extends Error {
  override readonly name = "Crash";
  /** What was being stored is there. */
  readonly isStored: boolean;

  constructor(moment: FaultMoment) {
    super(`crashed ${moment}`);
    this.isStored = moment === "after-commit";
  }
}

/** What a planted bug calls between the halves of a commit that it has split (plants.ts). */
export const BETWEEN_HALVES = Symbol.for("rollforward.chaos.between-halves");
