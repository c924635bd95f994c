import { setTimeout } from "node:timers/promises";

const DEADLINE_MS = 15_000;
const PAUSE_MS = 20;

/** Looks until there is something. @throws if there is nothing at the deadline */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  deadlineMs = DEADLINE_MS,
): Promise<Found> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
    await setTimeout(PAUSE_MS);
  }
}
