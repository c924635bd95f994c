import type { Journal, StoredMessage } from "./journal.ts";
import type { Storage } from "./storage.ts";

export interface DeliveryOptions {
  readonly journal: Journal;
  readonly storage: Pick<Storage, "send">;
  readonly log: (message: string) => void;
}

const BATCH = 32;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 10_000;
/** After this many doublings the last interval is reached; more would overflow one day. */
const DOUBLINGS = 6;

/**
 * Moves messages from the journal into their queues, until each is there.
 *
 * A message leaves the journal after the queue has it: whoever dies in between sends it twice.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  #wake: () => void = ignore;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#finished = this.#run();
  }

  /** There is something new in the journal. */
  notify(): void {
    this.#wake();
  }

  /** What is still in the journal stays there for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { journal } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const batch = journal.due(Date.now(), BATCH);
      for (const message of batch) await this.#deliver(message);
      if (batch.length === 0) await this.#sleepUntil(journal.nextDueAt());
    }
  }

  async #deliver({ id, queue, text, tries }: StoredMessage): Promise<void> {
    const { journal, log, storage } = this.#options;
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    try {
      await storage.send(queue, text, signal);
      journal.remove(id);
    } catch (error) {
      if (signal.aborted) return;
      const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, DOUBLINGS));
      journal.postpone(id, Date.now() + pause);
      log(`queue ${queue} takes no event (try ${tries + 1}, again in ${pause} ms): ${say(error)}`);
    }
  }

  async #sleepUntil(time: number | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#stopping.signal.aborted) resolve();
      if (time !== undefined) timer = setTimeout(resolve, Math.max(0, time - Date.now()));
    });
    clearTimeout(timer);
    this.#wake = ignore;
  }
}

function say(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function ignore(): void {
  // Nobody sleeps.
}
