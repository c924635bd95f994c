import { setTimeout as delay } from "node:timers/promises";

/** Reached only by what never comes: a busy machine may take many times what an idle one does. */
const DEADLINE_MS = 45_000;
const PERIOD_MS = 15;

/** Looks again until there is something, and fails loudly if there never is. */
export async function eventually<Value>(
  look: () => Promise<Value | undefined | false>,
  what = "what was waited for",
): Promise<Value> {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await delay(PERIOD_MS);
  }
  throw new Error(`${what} did not happen within ${DEADLINE_MS} ms`);
}
