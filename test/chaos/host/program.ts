/**
 * Something that an orchestration can wait for. `key` names its effect: no other work of the scenario has
 * the same.
 */
export type Work =
  | { readonly do: "activity"; readonly key: string; readonly value: number }
  /** Fails its first executions, and has attempts enough. */
  | {
      readonly do: "flaky";
      readonly key: string;
      readonly value: number;
      readonly failures: number;
    }
  /** Fails as often as it is tried. */
  | { readonly do: "doomed"; readonly key: string }
  | { readonly do: "timer"; readonly minutes: number }
  | { readonly do: "event"; readonly name: string }
  | { readonly do: "call"; readonly counter: string; readonly value: number }
  | SubProgram;

export interface SubProgram {
  readonly do: "sub";
  readonly program: Program;
  /** Null lets the host choose. */
  readonly id: string | null;
  readonly attempts: number;
}

export type Step =
  | Work
  | { readonly do: "all"; readonly of: readonly Work[] }
  /** Whichever ends first: the outcome does not say which. */
  | { readonly do: "any"; readonly of: readonly Work[] }
  /** Which one wins is sure: hours lie between them. */
  | {
      readonly do: "race";
      readonly work: Work;
      readonly minutes: number;
      readonly winner: "work" | "timer";
    }
  | { readonly do: "signal"; readonly counter: string; readonly value: number }
  /** The counter adds it, and signals it to the next counter. */
  | { readonly do: "relay"; readonly counter: string; readonly value: number }
  /** Appends one value after the other: the order counts. */
  | { readonly do: "journal"; readonly key: string; readonly values: readonly number[] }
  /** Several events of one name, in any order. */
  | { readonly do: "gather"; readonly name: string; readonly count: number }
  | { readonly do: "status"; readonly value: number };

const WORK: ReadonlySet<Step["do"]> = new Set<Work["do"]>([
  "activity",
  "flaky",
  "doomed",
  "timer",
  "event",
  "call",
  "sub",
]);

export function isWork(step: Step): step is Work {
  return WORK.has(step.do);
}

/** What one orchestration does. */
export interface Program {
  readonly key: string;
  /** So many executions wait for one `item` each and continue as new, before the steps begin. */
  readonly items: number;
  /** The steps are done so often, each time in a new execution. */
  readonly rounds: number;
  readonly steps: readonly Step[];
  /** Throws after its last step. */
  readonly fails: boolean;
}

export type LogEntry = number | string | readonly LogEntry[];

/** The orchestration's input, which it hands from one execution to the next. */
export interface Progress {
  readonly program: Program;
  readonly items: readonly number[];
  /** From 1. */
  readonly round: number;
  readonly log: readonly LogEntry[];
}

export function beginningOf(program: Program): Progress {
  return { program, items: [], round: 1, log: [] };
}

export const ORCHESTRATION = "interpret";
export const FAILURE_TEXT = "as planned";
export const FLAKY_ATTEMPTS = 6;
export const DOOMED_ATTEMPTS = 2;
export const RETRY_INTERVAL_MS = 5000;

/** What activities do: their result depends on nothing but their input. */
export function resultOf(value: number): number {
  return value * 2 + 1;
}

/** The effect of one piece of work in one round. */
export function effectOf(key: string, round: number): string {
  return `${key}#${round}`;
}
