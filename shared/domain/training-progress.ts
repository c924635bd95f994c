import type { Progress } from "./run.ts";

// The trainer prints tqdm's bar on one line (`\r`), and a Python dict now and then (kaito.md, 3.5).
const STEPS = /(\d+)\/(\d+) \[/g;
const LOSS = /'loss': '?([0-9.]+)'?/g;

/** Reads how far a training is from the end of its log; what it cannot tell is left out. */
export function trainingProgress(log: string): Omit<Progress, "stage"> {
  const steps = [...log.matchAll(STEPS)].at(-1);
  const loss = [...log.matchAll(LOSS)].at(-1);
  const percent = steps ? percentOf(Number(steps[1]), Number(steps[2])) : undefined;
  return {
    ...(percent !== undefined && { percent }),
    ...(loss && { loss: Number(loss[1]) }),
  };
}

function percentOf(step: number, total: number): number | undefined {
  return total > 0 ? Math.min(100, Math.round((100 * step) / total)) : undefined;
}
