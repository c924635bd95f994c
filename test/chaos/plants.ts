import { z } from "zod";

/** A bug for the property tests to find: one exact snippet of the host's source, and what is put in its place. */
export interface Plant {
  /** From the repository's root. */
  readonly file: string;
  readonly snippet: string;
  readonly replacement: string;
}

const DURABLE = "infra/local/functions-host/durable";

export const PlantName = z.enum([
  "split-commit",
  "duplicate-completion",
  "dropped-buffered-event",
  "dropped-carry-over",
  "message-to-old-execution",
  "entity-request-twice",
]);
export type PlantName = z.infer<typeof PlantName>;

export const PLANTS: Readonly<Record<PlantName, Plant>> = {
  /** Consumed messages go first, and a crash can come before the rest. */
  "split-commit": {
    file: `${DURABLE}/store/memory-store.ts`,
    snippet: "for (const sequence of consumed) this.#messages.delete(sequence);",
    replacement: `for (const sequence of consumed) this.#messages.delete(sequence);
      globalThis[Symbol.for("rollforward.chaos.between-halves")]?.();`,
  },
  /** What an activity that ran twice returned the second time counts, too. */
  "duplicate-completion": {
    file: `${DURABLE}/admission.ts`,
    snippet: "if (this.#settled.has(settled) || this.#execution?.hasSettled(settled)) return;",
    replacement: "",
  },
  /** Events that come before anybody waits for them are lost. */
  "dropped-buffered-event": {
    file: `${DURABLE}/replay/replay-context.ts`,
    snippet: "buffered.push(input);",
    replacement: "",
  },
  /** Events that come while an orchestration continues as new are lost. */
  "dropped-carry-over": {
    file: `${DURABLE}/replay/replay.ts`,
    snippet: "this.#carryOver.push(RaisedEvent.parse(event));",
    replacement: "return;",
  },
  /** A cancelled timer of the last execution ends a task of this one. */
  "message-to-old-execution": {
    file: `${DURABLE}/admission.ts`,
    snippet: "if (executionId !== null && executionId !== instance.executionId) return;",
    replacement: "",
  },
  /** What reaches an entity twice is done twice. */
  "entity-request-twice": {
    file: `${DURABLE}/entity-step.ts`,
    snippet: 'if (body.kind !== "operation" || known.has(body.request.id)) return [];',
    replacement: 'if (body.kind !== "operation") return [];',
  },
};
