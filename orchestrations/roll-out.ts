import type { OrchestrationContext } from "durable-functions";
import { z } from "zod";

import {
  type Limits,
  quarantineVersion,
  recordRelease,
  startRollout,
  verifyServing,
} from "../shared/contracts/activities.ts";
import { orchestrationNames } from "../shared/contracts/orchestrations.ts";
import { fromFailure, PermanentError, toFailure } from "../shared/errors.ts";
import type { ServingWait } from "./await-serving.ts";
import { callActivity, callSubOrchestration, type Durable, now } from "./durable.ts";
import { enter } from "./enter.ts";

interface Rollout {
  readonly run: string;
  readonly version: number;
  readonly limits: Limits;
  /** What served until now, if anything did. */
  readonly previous: number | undefined;
  readonly workspace: string;
}

/** A rollout that failed. The old version serves again unless `restored` says otherwise. */
export class RolloutError extends PermanentError {
  readonly restored: boolean;
  /** What is paid for and serves nothing: it is not the run's to delete. */
  readonly leftBehind: readonly string[];

  constructor(failure: PermanentError, restored: boolean, leftBehind: readonly string[]) {
    const { code, message, details } = failure;
    super(code, message, { cause: failure, details });
    this.restored = restored;
    this.leftBehind = leftBehind;
  }
}

/**
 * Rolls serving forward to a version and verifies it; on any failure the old version is put back, but
 * for what somebody else has changed meanwhile: that is theirs.
 *
 * @throws {RolloutError}
 */
export function* rollOut(context: OrchestrationContext, rollout: Rollout): Durable<void> {
  const { run, version } = rollout;
  try {
    const { oldHash } = yield* callActivity(context, startRollout, { run, version });
    yield* awaitLive(context, rollout, oldHash, true);
    yield* enter(context, run, "Verifying");
    yield* callActivity(context, verifyServing, { run, version });
  } catch (error) {
    const failure = fromFailure(toFailure(error));
    // The bytes are to blame for a crash or a wrong answer, not for a lack of nodes or a person's wish.
    if (failure.code === "ROLLOUT_FAILED") {
      const reason = failure.message;
      yield* callActivity(context, quarantineVersion, { run, version, reason });
    }
    if (failure.code === "WORKSPACE_CHANGED") throw new RolloutError(failure, false, []);
    throw new RolloutError(failure, yield* restore(context, rollout), leftBy(rollout));
  }
  yield* callActivity(context, recordRelease, { run, version });
}

/** Without a version to go back to, the Workspace stays: only a person deletes what serves (design, 5.5). */
function leftBy({ previous, workspace }: Rollout): string[] {
  if (previous !== undefined) return [];
  return [`Workspace ${workspace} (for serving; the next version uses it, or a person deletes it)`];
}

/** A rollback is the same step with the old version: no path of its own that only bad days take. */
function* restore(context: OrchestrationContext, rollout: Rollout): Durable<boolean> {
  const { run, version, previous } = rollout;
  // The same bytes may have served before: then there is nothing else to go back to.
  if (previous === undefined || previous === version) return false;
  try {
    yield* callActivity(context, startRollout, { run, version: previous });
    // Not by a changed hash: if KAITO never took up the new adapter, going back does not change it.
    yield* awaitLive(context, { ...rollout, version: previous }, undefined, false);
    return true;
  } catch {
    return false; // the run's message says which failure came first; drift shows what serves
  }
}

function* awaitLive(
  context: OrchestrationContext,
  { run, version, limits }: Rollout,
  oldHash: string | undefined,
  heedsCancel: boolean,
): Durable<void> {
  const startedAt = now(context);
  const wait: ServingWait = {
    run,
    version,
    limits,
    startedAt,
    heedsCancel,
    ...(oldHash !== undefined && { oldHash }),
    deadlineAt: startedAt + limits.rolloutTimeoutMs,
    timeout: {
      code: "ROLLOUT_TIMEOUT",
      message: `v${version} was not live after ${Math.round(limits.rolloutTimeoutMs / 60_000)} minutes`,
    },
  };
  const instance = heedsCancel ? `serve-${run}` : `restore-${run}`;
  const { awaitServing } = orchestrationNames;
  yield* callSubOrchestration(context, awaitServing, instance, wait, z.unknown());
}
