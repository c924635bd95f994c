import { z } from "zod";

import { FailureCode } from "../errors.ts";

/** Something that fails a run only if it stays so for a while: an image back-off may pass. */
export const Concern = z.object({ code: FailureCode, message: z.string() });
export type Concern = z.infer<typeof Concern>;

/** A concern and the moment (ms) since which every look has seen it. */
export const LastingConcern = Concern.extend({ since: z.number() });
export type LastingConcern = z.infer<typeof LastingConcern>;

/** Carries a concern on from look to look: the same code keeps its beginning, another one starts anew. */
export function carry(
  before: LastingConcern | undefined,
  seen: Concern | undefined,
  now: number,
): LastingConcern | undefined {
  if (!seen) return undefined;
  return { ...seen, since: before?.code === seen.code ? before.since : now };
}
