import type { OrchestrationContext } from "durable-functions";
import { z } from "zod";

import { Limits } from "../shared/contracts/activities.ts";
import { carry, type Concern, LastingConcern } from "../shared/domain/concern.ts";
import { intervalAfter } from "../shared/domain/polling.ts";
import { RunId } from "../shared/domain/run.ts";
import { type Failure, FailureCode, fromFailure, PermanentError } from "../shared/errors.ts";
import { type Durable, now, sleepUnlessWoken } from "./durable.ts";

/** Looks per generation: a look is seven history events, and an instance may have 200. */
const LOOKS_PER_GENERATION = 20;

/** What a wait starts from, and carries on from generation to generation. */
export const Wait = z.object({
  run: RunId,
  limits: Limits,
  startedAt: z.number(),
  /** A point in time, fixed once: a count of rounds would stretch with every restart. */
  deadlineAt: z.number(),
  /** What it means when the deadline passes. */
  timeout: z.object({ code: FailureCode, message: z.string() }),
  unreachableSince: z.number().optional(),
  concern: LastingConcern.optional(),
});
export type Wait = z.infer<typeof Wait>;

/** What one look at the world saw, judged. */
export type Seen =
  | { readonly kind: "unreachable"; readonly message: string; readonly cancelRequested: boolean }
  | { readonly kind: "settled" }
  | { readonly kind: "failed"; readonly failure: Failure }
  | {
      readonly kind: "pending";
      readonly cancelRequested: boolean;
      readonly concern?: Concern | undefined;
    };

/** One generation of a wait: `undefined` means that the next generation goes on. */
export function* awaitVerdict<Carried extends Wait>(
  context: OrchestrationContext,
  start: Carried,
  look: (wait: Carried) => Durable<Seen>,
): Durable<"settled" | undefined> {
  let wait = start;
  for (let round = 0; round < LOOKS_PER_GENERATION; round++) {
    const seen = yield* look(wait);
    if (seen.kind === "settled") return "settled";
    if (seen.kind === "failed") throw fromFailure(seen.failure);
    if (seen.cancelRequested) throw new PermanentError("CANCELLED", "Cancelled on request");

    wait = next(wait, seen, now(context));
    const age = now(context) - wait.startedAt;
    yield* sleepUnlessWoken(context, intervalAfter(age, wait.limits.pollIntervalMs));
  }
  context.df.continueAsNew(wait);
  return undefined;
}

/** @throws {PermanentError} when something has lasted too long */
function next<Carried extends Wait>(
  wait: Carried,
  seen: Extract<Seen, { kind: "unreachable" | "pending" }>,
  at: number,
): Carried {
  if (at >= wait.deadlineAt) throw fromFailure(wait.timeout);

  if (seen.kind === "unreachable") {
    const since = wait.unreachableSince ?? at;
    if (at - since >= wait.limits.unreachableLimitMs) {
      throw new PermanentError("CLUSTER_UNAVAILABLE", seen.message);
    }
    return { ...wait, unreachableSince: since };
  }

  const concern = carry(wait.concern, seen.concern, at);
  if (concern && at - concern.since >= graceFor(concern.code, wait.limits)) {
    throw new PermanentError(concern.code, concern.message);
  }
  return { ...wait, unreachableSince: undefined, concern };
}

function graceFor(code: FailureCode, limits: Limits): number {
  if (code === "CAPACITY_UNAVAILABLE") return limits.capacityTimeoutMs;
  return code === "IMAGE_PULL_FAILED" ? limits.imagePullGraceMs : limits.crashLoopGraceMs;
}
