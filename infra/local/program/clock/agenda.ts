import { z } from "zod";

/** What one program that shares a clock says of itself when it is asked whether time may go on. */
export const Agenda = z.strictObject({
  /** It is doing something: time stands still. */
  isHeld: z.boolean(),
  /** Counts whatever changes in it, so that two equal answers mean that nothing happened in between. */
  changes: z.int().min(0),
  /** The time of its earliest appointment of each kind. */
  foreground: z.number().optional(),
  background: z.number().optional(),
});
export type Agenda = z.infer<typeof Agenda>;

/**
 * When something happens next, if all of them are at rest: the earliest appointment of all, provided that
 * one in the foreground exists.
 */
export function nextStop(agendas: readonly Agenda[]): number | undefined {
  const foreground = least(agendas.map((agenda) => agenda.foreground));
  if (foreground === undefined) return undefined;
  return least([foreground, ...agendas.map((agenda) => agenda.background)]);
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** Whether nothing happened between two rounds of asking, in the same order. */
export function isUnchanged(before: readonly Agenda[], after: readonly Agenda[]): boolean {
  return (
    before.length === after.length &&
    after.every(({ changes, isHeld }, index) => !isHeld && before[index]?.changes === changes)
  );
}
