import type { Program } from "./program.ts";

/** Minutes count from the scenario's beginning. */
export interface RaisedAt {
  readonly name: string;
  readonly value: number;
  readonly atMinute: number;
}

/** An orchestration that a client starts, and what clients do to it. */
export interface Root {
  readonly id: string;
  readonly program: Program;
  readonly startsAtMinute: number;
  readonly events: readonly RaisedAt[];
  readonly suspension: { readonly fromMinute: number; readonly minutes: number } | undefined;
  /** When all its steps are done. */
  readonly terminatesAtMinute: number | undefined;
}

export interface ClientSignal {
  readonly counter: string;
  readonly value: number;
  readonly atMinute: number;
}

/** A whole world for a task hub. */
export interface Scenario {
  readonly roots: readonly Root[];
  readonly signals: readonly ClientSignal[];
  readonly limits: {
    readonly maxConcurrentActivityFunctions: number;
    readonly maxConcurrentOrchestratorFunctions: number;
    readonly maxEntityOperationBatchSize: number;
  };
}

export const TERMINATION_REASON = "enough";
