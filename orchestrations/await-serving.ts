import type { OrchestrationContext } from "durable-functions";
import { z } from "zod";

import { lookAtServing } from "../shared/contracts/activities.ts";
import type { Outcome } from "../shared/contracts/outcome.ts";
import { judgeServing } from "../shared/domain/serving-verdict.ts";
import { awaitVerdict, type Seen, Wait } from "./await-verdict.ts";
import { callActivity, type Durable, settle } from "./durable.ts";

const ServingWait = Wait.extend({
  version: z.number().int(),
  oldHash: z.string().optional(),
  /** A restore must go on although its run was cancelled: the old version has to serve again. */
  heedsCancel: z.boolean(),
});
export type ServingWait = z.infer<typeof ServingWait>;

/** Waits until the serving Workspace really serves the version. */
export function* awaitServing(context: OrchestrationContext): Durable<Outcome> {
  return yield* settle(wait(context));
}

function* wait(context: OrchestrationContext): Durable<unknown> {
  const input: ServingWait = ServingWait.parse(context.df.getInput());

  return yield* awaitVerdict(context, input, function* look({ run, version }): Durable<Seen> {
    const seen = yield* callActivity(context, lookAtServing, { run, version });
    const cancelRequested = seen.cancelRequested && input.heedsCancel;

    if (!seen.observation) {
      return { kind: "unreachable", message: seen.unreachable ?? "", cancelRequested };
    }
    const verdict = judgeServing(seen.observation, { image: seen.image, oldHash: input.oldHash });
    if (verdict.kind === "live") return { kind: "settled" };
    return verdict.kind === "failed"
      ? verdict
      : { kind: "pending", cancelRequested, concern: verdict.concern };
  });
}
