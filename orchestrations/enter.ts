import type { OrchestrationContext } from "durable-functions";

import { enterPhase } from "../shared/contracts/activities.ts";
import type { ActivePhase } from "../shared/domain/run.ts";
import { PermanentError } from "../shared/errors.ts";
import { callActivity, type Durable } from "./durable.ts";

/**
 * Enters a phase: in the custom status and in the run's row.
 *
 * @throws {PermanentError} `CANCELLED` if somebody asked the run to stop
 */
export function* enter(
  context: OrchestrationContext,
  run: string,
  phase: ActivePhase,
): Durable<void> {
  context.df.setCustomStatus({ phase });
  const { cancelRequested } = yield* callActivity(context, enterPhase, { run, phase });
  if (cancelRequested) throw new PermanentError("CANCELLED", "Cancelled on request");
}
