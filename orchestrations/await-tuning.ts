import type { OrchestrationContext } from "durable-functions";
import { z } from "zod";

import { lookAtTuning } from "../shared/contracts/activities.ts";
import type { Outcome } from "../shared/contracts/outcome.ts";
import { RENEW_CREDENTIALS_MS } from "../shared/domain/polling.ts";
import { judgeTuning } from "../shared/domain/tuning-verdict.ts";
import { awaitVerdict, type Seen, Wait } from "./await-verdict.ts";
import { callActivity, type Durable, now, settle } from "./durable.ts";

const TuningWait = Wait.extend({ credentialsRenewedAt: z.number() });
export type TuningWait = z.infer<typeof TuningWait>;

/** Waits until KAITO's Job has pushed the adapter, or will not. */
export function* awaitTuning(context: OrchestrationContext): Durable<Outcome> {
  return yield* settle(wait(context));
}

function* wait(context: OrchestrationContext): Durable<unknown> {
  const input: TuningWait = TuningWait.parse(context.df.getInput());
  let credentialsRenewedAt = input.credentialsRenewedAt;

  return yield* awaitVerdict(context, input, function* look({ run }): Durable<Seen> {
    const renewCredentials = now(context) - credentialsRenewedAt >= RENEW_CREDENTIALS_MS;
    if (renewCredentials) credentialsRenewedAt = now(context);
    const seen = yield* callActivity(context, lookAtTuning, { run, renewCredentials });
    const { cancelRequested } = seen;

    if (!seen.observation) {
      return { kind: "unreachable", message: seen.unreachable ?? "", cancelRequested };
    }
    const verdict = judgeTuning(run, seen.observation);
    if (verdict.kind === "succeeded") return { kind: "settled" };
    return verdict.kind === "failed"
      ? verdict
      : { kind: "pending", cancelRequested, concern: verdict.concern };
  });
}
