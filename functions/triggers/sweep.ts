import { orchestrationNames } from "../../shared/contracts/orchestrations.ts";
import { buryInstance, requestInstance, tuningName } from "../../shared/domain/names.ts";
import { hasEnded, type RunRecord } from "../../shared/domain/run.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Engine } from "../../shared/ports/engine.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { createPublishVersion } from "../activities/publish-version.ts";
import { launch } from "../activities/start-run.ts";

interface Dependencies {
  readonly requests: Requests;
  readonly runs: Runs;
  readonly cluster: TuningCluster;
  readonly adapters: Adapters;
  readonly versions: Versions;
  readonly staleAfterMs: number;
  readonly pauseMs: number;
  readonly now: () => Date;
}

/** What a sweep did, in words; empty on a good day. */
export type Swept = readonly string[];

/**
 * Picks up what got lost between two steps: a worker may die anywhere, and a person may terminate any
 * instance. It does only what may be done twice (durable-patterns, 4).
 */
export function createSweep(dependencies: Dependencies): (engine: Engine) => Promise<Swept> {
  return async (engine) => {
    const parts = await Promise.allSettled([
      findLost(dependencies, engine),
      offerAgain(dependencies, engine),
      removeOrphans(dependencies),
      completeVersions(dependencies),
    ]);
    // One part that fails must not keep the others from their work, nor stay unseen.
    const failed = parts.find((part) => part.status === "rejected");
    if (failed) throw failed.reason;
    return parts.flatMap((part) => (part.status === "fulfilled" ? part.value : []));
  };
}

async function offerAgain(dependencies: Dependencies, engine: Engine): Promise<string[]> {
  const { requests, runs, staleAfterMs, now } = dependencies;
  const stale = await requests.stale(new Date(now().getTime() - staleAfterMs));
  const busy = new Set((await runs.active()).map(({ pipeline }) => pipeline));

  // What waits behind an active run is not lost: its turn will come.
  const lost = stale.filter(({ state, pipeline }) => state !== "waiting" || !busy.has(pipeline));

  const done: string[] = [];
  const stuck = lost.filter(({ state }) => state === "waiting").map(({ pipeline }) => pipeline);
  for (const pipeline of new Set(stuck)) {
    done.push(...(await endTurn(dependencies, pipeline, engine)));
  }
  for (const { id, pipeline } of lost) {
    const instance = requestInstance(pipeline, id);
    await engine.start(orchestrationNames.admit, instance, { pipeline, request: id });
    done.push(`offered request ${id} of ${pipeline} again`);
  }
  return done;
}

/**
 * A run whose orchestration was stopped behind its end has not told anybody that its turn is over.
 *
 * Only a run that has ended: the newest may have begun since `active` was asked.
 */
async function endTurn(
  { runs, pauseMs }: Dependencies,
  pipeline: string,
  engine: Engine,
): Promise<string[]> {
  const [last] = (await runs.list(pipeline, 1)).rows;
  if (!last || !hasEnded(last.phase) || (await engine.find(last.id)) === "running") return [];
  await bury(engine, last, pauseMs);
  return [`ended the turn of run ${last.id}`];
}

async function findLost(
  { requests, runs, staleAfterMs, pauseMs, now }: Dependencies,
  engine: Engine,
): Promise<string[]> {
  const done: string[] = [];
  for (const run of await runs.active()) {
    if (now().getTime() - Date.parse(run.createdAt) < staleAfterMs) continue;
    const instance = await engine.find(run.id);
    if (instance === undefined) {
      // Whoever inserted the row died before it started the orchestration.
      await launch(requests, engine, run);
      done.push(`started run ${run.id}, which had a row and no orchestration`);
    }
    if (instance === "ended") {
      await bury(engine, run, pauseMs);
      done.push(`ended run ${run.id}, whose orchestration is gone`);
    }
  }
  return done;
}

async function bury(engine: Engine, { id }: RunRecord, pauseMs: number): Promise<void> {
  await engine.start(orchestrationNames.bury, buryInstance(id), { run: id, pauseMs });
}

/** Only objects with our role and the id of a run that has ended are ever deleted. */
async function removeOrphans({ runs, cluster }: Dependencies): Promise<string[]> {
  const objects = await cluster.objects();
  const done: string[] = [];
  for (const run of new Set(objects.map((object) => object.run))) {
    const found = await runs.find(run);
    if (!found || !hasEnded(found.row.phase)) continue;
    await cluster.remove(tuningName(run), run);
    done.push(`removed what run ${run} had left`);
  }
  return done;
}

/** A number that is taken stays taken: a run that ended before its tag was written is made good for. */
async function completeVersions(dependencies: Dependencies): Promise<string[]> {
  const { runs, versions } = dependencies;
  const publish = createPublishVersion(dependencies);
  const done: string[] = [];
  for (const { pipeline, version, lineage } of await versions.claimed()) {
    const found = await runs.find(lineage.run);
    if (!found || !hasEnded(found.row.phase)) continue;
    await publish({ run: lineage.run, version });
    done.push(`completed v${version} of ${pipeline}`);
  }
  return done;
}
