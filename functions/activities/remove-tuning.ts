import type { removeTuning } from "../../shared/contracts/activities.ts";
import { tuningName } from "../../shared/domain/names.ts";
import type { RunRecord } from "../../shared/domain/run.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { TuningCluster, TuningObject } from "../../shared/ports/tuning-cluster.ts";
import type { ActivityOf } from "./activity.ts";
import { changeRun } from "./change-run.ts";

interface Dependencies {
  readonly runs: Runs;
  readonly cluster: TuningCluster;
  readonly now: () => Date;
}

/** Implements the `removeTuning` contract, and keeps account of how long a GPU node was paid for. */
export function createRemoveTuning({
  runs,
  cluster,
  now,
}: Dependencies): ActivityOf<typeof removeTuning> {
  return async ({ run }) => {
    const ours = (await cluster.objects()).filter((object) => object.run === run);
    const since = paidSince(ours);
    if (since) await changeRun(runs, run, (row) => account(row, since, now()));
    return { remaining: await cluster.remove(tuningName(run), run) };
  };
}

/** From the node's own creation; from the Workspace's if the app may not see nodes. */
function paidSince(objects: readonly TuningObject[]): string | undefined {
  const node = objects.find(({ kind }) => kind === "Node");
  return (node ?? objects.find(({ kind }) => kind === "Workspace"))?.createdAt;
}

function account(row: RunRecord, since: string, at: Date): RunRecord {
  const seconds = Math.max(0, Math.round((at.getTime() - Date.parse(since)) / 1000));
  return seconds > (row.gpuSeconds ?? -1) ? { ...row, gpuSeconds: seconds } : row;
}
