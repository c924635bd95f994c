import { setTimeout as wait } from "node:timers/promises";

const DEADLINE_MS = 10_000;

/** Asks until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`it was not so within ${DEADLINE_MS} ms`);
    await wait(10);
  }
}
