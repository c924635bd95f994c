import { z } from "zod";

import { Failure, fromFailure } from "../errors.ts";

/**
 * What an activity or a sub-orchestration returns on the wire.
 *
 * The host retries whatever an activity *throws*, permanent or not (durable-functions 3.5 has no retry
 * filter), and an error that crosses a function boundary keeps its message but not its class. So a
 * settled failure travels as a value.
 */
export const Outcome = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), failure: Failure }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** @throws {PermanentError} the failure, if the outcome is one */
export function unwrap(answer: unknown): unknown {
  const outcome = Outcome.parse(answer);
  if (outcome.ok) return outcome.value;
  throw fromFailure(outcome.failure);
}
