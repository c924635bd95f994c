import type { FunctionLookup } from "../../app/function-lookup.ts";
import { EventType, type FailureDetails, type HistoryEvent, RaisedEvent } from "../history.ts";
import type { Action, OrchestratorState } from "./action.ts";
import { NonDeterminism, OrchestrationFailure } from "./failure.ts";
import { invokeAction } from "./invoke-action.ts";
import { type Decision, type Execution, ReplayContext } from "./replay-context.ts";
import { runSteps, type Steps, Task } from "./task.ts";
import { reasonOf } from "../../../program/reason-of.ts";

export type Completion =
  | { readonly status: "Completed"; readonly result: string | null }
  | { readonly status: "ContinuedAsNew"; readonly result: string | null }
  | { readonly status: "Terminated"; readonly result: string | null }
  | {
      readonly status: "Failed";
      readonly result: string;
      readonly details: string;
      readonly failureDetails?: FailureDetails | undefined;
    };

export interface ReplayResult {
  readonly decisions: readonly Decision[];
  /** Undefined while the orchestration goes on. */
  readonly completion: Completion | undefined;
  /** Events that arrived after the orchestrator had asked for its next execution: they belong to that. */
  readonly carryOver: readonly RaisedEvent[];
  readonly isSuspended: boolean;
  /** An activity, a timer or a sub-orchestration has been asked for and not ended. */
  readonly hasOpenTasks: boolean;
}

/** Events that say what the orchestrator asked for. */
const ASKED_FOR: ReadonlyMap<number, Decision["kind"]> = new Map([
  [EventType.TaskScheduled, "activity"],
  [EventType.SubOrchestrationInstanceCreated, "sub-orchestration"],
  [EventType.TimerCreated, "timer"],
  [EventType.EventSent, "event"],
]);

/** In the words of DurableTask.Core (TaskOrchestrationContext.cs). */
const NAME_OF: Readonly<Record<Decision["kind"], string>> = {
  activity: "an activity task",
  "sub-orchestration": "a sub-orchestration task",
  timer: "a timer task",
  event: "a send event task",
};

/**
 * Replays a history against what the orchestrator function asked for, and says what is new.
 *
 * durable-functions answers with all actions since the execution began, without ids and without any check.
 * This walks through them as the extension's `OutOfProcOrchestrationShim` does on top of DurableTask.Core:
 * each action is begun when the one before has ended, ids are handed out in that order, and what the
 * history has under an id must be what was asked for under that id.
 */
export function replay(
  history: readonly HistoryEvent[],
  state: OrchestratorState | OrchestrationFailure,
  execution: Execution,
  functions: FunctionLookup,
): ReplayResult {
  return new Replay(state, execution, functions).processAll(history);
}

/** A replay that has not come to its end: it takes one event after the other. */
export class Replay {
  readonly #context: ReplayContext;
  readonly #actions: Action[];
  #state: OrchestratorState | OrchestrationFailure;
  readonly #functions: FunctionLookup;
  readonly #carryOver: RaisedEvent[] = [];
  #main = new Task();
  #terminated: { readonly reason: string | null } | undefined;
  #isSuspended = false;
  #heldBack: HistoryEvent[] = [];
  #isExhausted = false;

  constructor(
    state: OrchestratorState | OrchestrationFailure,
    execution: Execution,
    functions: FunctionLookup,
  ) {
    this.#context = new ReplayContext(execution);
    this.#state = state;
    this.#actions = state instanceof OrchestrationFailure ? [] : [...(state.actions[0] ?? [])];
    this.#functions = functions;
  }

  /** Every action that is known has ended: what the orchestrator asks for next may belong to an earlier moment. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** @param state the orchestrator's next answer, with only those actions that are new */
  extend(state: OrchestratorState): void {
    this.#state = state;
    this.#actions.push(...(state.actions[0] ?? []));
  }

  /** @returns what there is to say after these events */
  processAll(events: readonly HistoryEvent[]): ReplayResult {
    try {
      for (const event of events) this.process(event);
    } catch (error) {
      if (!(error instanceof NonDeterminism)) throw error;
      return { ...this.#result(), decisions: [], completion: failed(error) };
    }
    return this.#result();
  }

  process(event: HistoryEvent): void {
    if (event.EventType === EventType.OrchestratorStarted) {
      this.#context.now = Date.parse(event.Timestamp);
    } else if (this.#isSuspended && !endsSuspension(event)) {
      if (event.EventType !== EventType.ExecutionSuspended) this.#heldBack.push(event);
    } else {
      this.#processState(event);
    }
  }

  #result(): ReplayResult {
    return {
      // A terminated orchestration begins nothing more.
      decisions: this.#terminated ? [] : this.#context.newDecisions(),
      completion: this.#completion(),
      carryOver: this.#carryOver,
      isSuspended: this.#isSuspended,
      hasOpenTasks: this.#context.hasOpenTasks,
    };
  }

  #processState(event: HistoryEvent): void {
    if (event.EventType === EventType.ExecutionStarted) {
      this.#main = runSteps(this.#walk());
    } else if (event.EventType === EventType.ExecutionTerminated) {
      this.#terminated ??= { reason: event.Input };
    } else if (event.EventType === EventType.ExecutionSuspended) {
      this.#isSuspended = true;
      this.#context.parkDecisions();
    } else if (event.EventType === EventType.ExecutionResumed) {
      this.#resume();
    } else if (event.EventType === EventType.EventRaised) {
      if (this.#context.next) this.#carryOver.push(RaisedEvent.parse(event));
      else this.#context.raiseEvent(event.Name, event.Input);
    } else {
      this.#processTask(event);
    }
  }

  #processTask(event: HistoryEvent): void {
    const asked = ASKED_FOR.get(event.EventType);
    if (asked) {
      this.#expect(event.EventId, asked, "Name" in event ? event.Name : "");
    } else if (event.EventType === EventType.TimerFired) {
      this.#context.settle(event.TimerId, { ok: true, value: undefined });
    } else if ("Reason" in event && "TaskScheduledId" in event) {
      const error = new OrchestrationFailure(event.Reason, event.Details);
      this.#context.settle(event.TaskScheduledId, { ok: false, error });
    } else if ("TaskScheduledId" in event) {
      this.#context.settle(event.TaskScheduledId, { ok: true, value: event.Result });
    }
  }

  #resume(): void {
    this.#isSuspended = false;
    this.#context.unparkDecisions();
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const event of heldBack) this.process(event);
  }

  /** The action list, read as the C# code that it stands for. */
  *#walk(): Steps {
    // The list grows while this waits for its last action.
    for (const action of this.#actions) {
      const task = invokeAction(action, this.#context, this.#functions);
      try {
        yield task;
      } catch {
        // The function has dealt with it already: its later actions are in the list.
      }
    }
    this.#isExhausted = true;
    const state = this.#state;
    if (state instanceof OrchestrationFailure) throw state;
    if (state.error !== undefined && state.error !== null) {
      throw new OrchestrationFailure(
        `Orchestrator function '${this.#context.execution.orchestrator}' failed: ${state.error}`,
        `Message: ${state.error}, StackTrace: `,
        state.failureDetails ?? undefined,
      );
    }
    if (!state.isDone) yield new Task();
    return state.output === undefined || state.output === null
      ? null
      : JSON.stringify(state.output);
  }

  #expect(id: number, kind: Decision["kind"], name: string): void {
    const asked = this.#context.takeDecision(id);
    if (asked?.kind === kind && asked.name.toLowerCase() === name.toLowerCase()) return;
    const found = asked ? `${asked.kind} '${asked.name}'` : "nothing";
    throw new NonDeterminism(
      `Non-Deterministic workflow detected: A previous execution of this orchestration scheduled ` +
        `${NAME_OF[kind]} with sequence ID ${id} and name '${name}' (version ''), but the current replay ` +
        "execution hasn't (yet?) scheduled this task. Was a change made to the orchestrator code after this " +
        `instance had already started running? The code of '${this.#context.execution.orchestrator}' now asks ` +
        `for ${found} there.`,
    );
  }

  #completion(): Completion | undefined {
    if (this.#terminated) return { status: "Terminated", result: this.#terminated.reason };
    const outcome = this.#main.outcome;
    // Like the extension's: an orchestration ends only when no activity, timer or sub-orchestration is open.
    if (!outcome || this.#isSuspended || this.#context.hasOpenTasks) return undefined;
    if (!outcome.ok) return failed(outcome.error);
    if (this.#context.next) return { status: "ContinuedAsNew", result: this.#context.next.input };
    return {
      status: "Completed",
      result: typeof outcome.value === "string" ? outcome.value : null,
    };
  }
}

function endsSuspension(event: HistoryEvent): boolean {
  return (
    event.EventType === EventType.ExecutionResumed ||
    event.EventType === EventType.ExecutionTerminated
  );
}

export function failed(error: unknown): Completion {
  const message = reasonOf(error);
  if (!(error instanceof OrchestrationFailure)) {
    return { status: "Failed", result: message, details: "" };
  }
  const { details, failureDetails } = error;
  return { status: "Failed", result: message, details, failureDetails };
}
