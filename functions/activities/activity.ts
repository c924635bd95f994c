import type { InvocationContext } from "@azure/functions";

import type { ActivityContract } from "../../shared/contracts/activity-contract.ts";
import type { Outcome } from "../../shared/contracts/outcome.ts";
import { PermanentError, toFailure } from "../../shared/errors.ts";

/** An activity as we write it: plain input, plain output, errors thrown. */
export type Activity<Input, Output> = (input: Input) => Promise<Output>;

/** The activity that implements a contract: `ActivityOf<typeof startTuning>`. */
export type ActivityOf<Contract> =
  Contract extends ActivityContract<infer Input, infer Output> ? Activity<Input, Output> : never;

/**
 * Parses the input, runs the activity and settles the outcome: a `PermanentError` becomes a value,
 * anything else is thrown for the host to retry.
 */
export async function runActivity<Input, Output>(
  contract: ActivityContract<Input, Output>,
  activity: Activity<Input, Output>,
  raw: unknown,
  log: Pick<InvocationContext, "warn">,
): Promise<Outcome> {
  const input = contract.input.safeParse(raw);
  if (!input.success) {
    const message = `${contract.name} was given an input it does not know: ${input.error.message}`;
    return { ok: false, failure: { code: "INTERNAL", message } };
  }

  try {
    return { ok: true, value: await activity(input.data) };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    log.warn(`${contract.name} settled on ${error.code}: ${error.message}`);
    return { ok: false, failure: toFailure(error) };
  }
}
