import { z } from "zod";

/** How badly events are delivered. Event Grid promises at least once, in no order, some time. */
export const Disorder = z.strictObject({
  /** The part of the events that comes twice, 0 to 1. */
  duplicates: z.number().min(0).max(1).default(0),
  delayMs: z.number().int().min(0).max(3_600_000).default(0),
  /** Each message waits for a time of its own, up to the delay (up to half a second without one). */
  shuffle: z.boolean().default(false),
});
export type Disorder = z.infer<typeof Disorder>;

export const ORDERLY: Disorder = { duplicates: 0, delayMs: 0, shuffle: false };

const SHUFFLE_MS = 500;

/** @returns when each copy of an event is due: one time, or two */
export function planCopies(
  { delayMs, duplicates, shuffle }: Disorder,
  now: number,
  random: () => number,
): readonly number[] {
  const copies = random() < duplicates ? 2 : 1;
  const within = delayMs > 0 ? delayMs : SHUFFLE_MS;
  return Array.from({ length: copies }, () =>
    shuffle ? now + Math.floor(random() * within) : now + delayMs,
  );
}
