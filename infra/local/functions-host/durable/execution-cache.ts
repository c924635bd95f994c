import type { LoadedExecution } from "./loaded-execution.ts";

/** As many as an app has running at the same time; beyond that, histories are read again. */
const MOST_EXECUTIONS = 512;
/** Histories can be long: this bounds what is kept, at some 500 bytes an event. */
const MOST_EVENTS = 200_000;

/**
 * Keeps the histories of executions that were worked on lately, so that the next step does not read them
 * again. A step takes its history out, and puts it back only when what it appended is stored: a step that
 * failed leaves nothing here.
 */
export class ExecutionCache {
  /** In the order in which they were put back, by instance. */
  readonly #executions = new Map<string, LoadedExecution>();
  #events = 0;

  take(instanceId: string, executionId: string): LoadedExecution | undefined {
    const execution = this.#executions.get(instanceId);
    if (!execution) return undefined;
    this.#remove(instanceId, execution);
    return execution.executionId === executionId ? execution : undefined;
  }

  put(instanceId: string, execution: LoadedExecution): void {
    execution.stored = execution.events.length;
    this.#executions.set(instanceId, execution);
    this.#events += execution.events.length;
    while (this.#executions.size > MOST_EXECUTIONS || this.#events > MOST_EVENTS) {
      const oldest = this.#executions.entries().next().value;
      if (!oldest) return;
      this.#remove(...oldest);
    }
  }

  /** How many events the history at hand has; 0 if there is none. */
  sizeOf(instanceId: string): number {
    return this.#executions.get(instanceId)?.events.length ?? 0;
  }

  #remove(instanceId: string, execution: LoadedExecution): void {
    this.#executions.delete(instanceId);
    this.#events -= execution.events.length;
  }
}
