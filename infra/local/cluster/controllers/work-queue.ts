export interface WorkQueueOptions {
  /** Makes what is right for one key; runs again later if it throws. */
  readonly reconcile: (key: string) => void;
  /** From an event to the reconciliation; events in between are one. */
  readonly latencyMs: number;
  readonly log: (message: string) => void;
}

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 5000;

/** Keys that need attention, each at most once, at the earliest time asked for. */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  add(key: string, delayMs: number = this.#options.latencyMs): void {
    if (this.#stopped) return;
    const at = Date.now() + delayMs;
    const waiting = this.#timers.get(key);
    if (waiting && waiting.at <= at) return;
    clearTimeout(waiting?.timer);
    this.#timers.set(key, { at, timer: setTimeout(() => this.#run(key), delayMs) });
  }

  stop(): void {
    this.#stopped = true;
    for (const { timer } of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #run(key: string): void {
    this.#timers.delete(key);
    try {
      this.#options.reconcile(key);
      this.#failures.delete(key);
    } catch (error) {
      const failures = (this.#failures.get(key) ?? 0) + 1;
      this.#failures.set(key, failures);
      if (failures === 1) this.#options.log(`reconciling ${key}: ${describe(error)}`);
      this.add(key, Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS));
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
