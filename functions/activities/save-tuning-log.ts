import type { saveTuningLog } from "../../shared/contracts/activities.ts";
import { runFileNames, tuningName } from "../../shared/domain/names.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { ActivityOf } from "./activity.ts";

interface Dependencies {
  readonly files: RunFiles;
  readonly cluster: TuningCluster;
}

const KEPT_LOG_BYTES = 1024 * 1024;
const TAIL_BYTES = 4 * 1024;
const TAIL_LINES = 5;
const LONGEST_LINE = 300;

/** Implements the `saveTuningLog` contract. */
export function createSaveTuningLog({
  files,
  cluster,
}: Dependencies): ActivityOf<typeof saveTuningLog> {
  return async ({ run }) => {
    const name = tuningName(run);
    const log = await cluster.trainerLog(name, KEPT_LOG_BYTES);
    if (log !== "") await files.put({ run, name: runFileNames.trainerLog }, Buffer.from(log));
    const pusher = await cluster.containerLog(name, "pusher", TAIL_BYTES);
    return { trainer: lastLines(log), pusher: lastLines(pusher) };
  };
}

/** The last lines that say something; a bar that rewrites its line counts once. */
function lastLines(log: string): string[] {
  return log
    .split("\n")
    .map((line) => line.split("\r").at(-1)?.trim() ?? "")
    .filter((line) => line !== "")
    .slice(-TAIL_LINES)
    .map((line) => line.slice(0, LONGEST_LINE));
}
