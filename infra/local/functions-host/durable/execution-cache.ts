import type { LoadedExecution } from "./loaded-execution.ts";

/** As many as an app has running at the same time; beyond that, short histories are read again. */
const MOST_EXECUTIONS = 512;
/** Histories can be long: this bounds what is kept, at some 500 bytes an event. */
const MOST_EVENTS = 200_000;
/** To read such a history again takes no longer than to run its step. */
const SHORT = 64;
/** Who has not been worked on for so many steps waits for something else. */
const OLD_AFTER_STEPS = 50_000;

interface Kept {
  readonly execution: LoadedExecution;
  readonly step: number;
}

/**
 * Keeps the histories of executions that were worked on lately, so that the next step does not read them
 * again. A step takes its history out, and puts it back only when what it appended is stored: a step that
 * failed leaves nothing here.
 *
 * With more instances at work than fit, those that are here stay: if each new one pushed out the oldest, all
 * would be gone before their turn comes, and only the garbage collector would have work.
 */
export class ExecutionCache {
  /** In the order in which they were put back, by instance. */
  readonly #kept = new Map<string, Kept>();
  #events = 0;
  #steps = 0;

  take(instanceId: string, executionId: string): LoadedExecution | undefined {
    const kept = this.#kept.get(instanceId);
    if (!kept) return undefined;
    this.#remove(instanceId, kept);
    return kept.execution.executionId === executionId ? kept.execution : undefined;
  }

  put(instanceId: string, execution: LoadedExecution): void {
    execution.stored = execution.events.length;
    this.#steps += 1;
    const isShort = execution.events.length <= SHORT;
    if (isShort && this.#isFull() && !this.#isOldestOld()) return;
    this.#kept.set(instanceId, { execution, step: this.#steps });
    this.#events += execution.events.length;
    while (this.#kept.size > MOST_EXECUTIONS || this.#events > MOST_EVENTS) {
      const oldest = this.#oldest();
      if (!oldest) return;
      this.#remove(...oldest);
    }
  }

  /** How many events the history at hand has; 0 if there is none. */
  sizeOf(instanceId: string): number {
    return this.#kept.get(instanceId)?.execution.events.length ?? 0;
  }

  #isFull(): boolean {
    return this.#kept.size >= MOST_EXECUTIONS || this.#events >= MOST_EVENTS;
  }

  #isOldestOld(): boolean {
    const oldest = this.#oldest();
    return oldest !== undefined && oldest[1].step < this.#steps - OLD_AFTER_STEPS;
  }

  #oldest(): readonly [string, Kept] | undefined {
    return this.#kept.entries().next().value;
  }

  #remove(instanceId: string, { execution }: Kept): void {
    this.#kept.delete(instanceId);
    this.#events -= execution.events.length;
  }
}
