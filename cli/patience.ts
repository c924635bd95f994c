import { setTimeout as sleep } from "node:timers/promises";

import { UnreachableError } from "./errors.ts";
import type { Output } from "./output.ts";

/** How often to look, how long to bear that nobody answers, and when to say that it takes long. */
export interface Pace {
  readonly pollMs: number;
  readonly patienceMs: number;
  readonly slowMs: number;
}

/** A restart or a deployment of the app is over by then. */
export const PACE: Pace = { pollMs: 1000, patienceMs: 120_000, slowMs: 2000 };

interface Patience {
  readonly pace: Pace;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Asks again while nobody answers. Only for what changes nothing: an answer that was lost on its way
 * does not say whether a change was made.
 *
 * @throws {UnreachableError} the last one, when patience ran out
 */
export async function patiently<Answer>(
  { pace, output, signal }: Patience,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const since = Date.now();
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await ask();
    } catch (error) {
      const isOver = Date.now() - since >= pace.patienceMs;
      if (!(error instanceof UnreachableError) || isOver) throw error;
      const text = `no answer; trying again for ${Math.ceil(pace.patienceMs / 1000)} s`;
      if (output.live) output.progress(text);
      else if (isFirst) output.note(text);
      await sleep(pace.pollMs, undefined, { signal });
    }
  }
}
