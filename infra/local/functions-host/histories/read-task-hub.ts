import path from "node:path";

import { readHistory } from "../durable/history.ts";
import type { Instance } from "../durable/instance.ts";
import { SqliteStore } from "../durable/store/sqlite-store.ts";
import { TASK_HUB_FILE } from "../host-data.ts";
import { type SavedHistory, savedHistoryOf } from "./history-file.ts";

export interface RecordFilter {
  /** Empty: all. */
  readonly instances: readonly string[];
  readonly orchestration?: string | undefined;
}

/**
 * The current execution of each instance in a data directory. A host may be running on it: nothing is
 * written, and what is read is one moment.
 *
 * @throws {UsageError} if there is no task hub that this version reads
 */
export function readTaskHub(directory: string, filter: RecordFilter): SavedHistory[] {
  const store = new SqliteStore(path.join(directory, TASK_HUB_FILE), { readOnly: true });
  try {
    return store
      .instances({})
      .filter((instance) => matches(instance, filter))
      .flatMap((instance) => {
        const history = readHistory(store.history(instance.id));
        // One that has not begun yet has nothing to replay.
        return history.length === 0 ? [] : [savedHistoryOf(instance, history)];
      });
  } finally {
    store.close();
  }
}

function matches({ id, name }: Instance, { instances, orchestration }: RecordFilter): boolean {
  if (instances.length > 0 && !instances.includes(id)) return false;
  return orchestration === undefined || name.toLowerCase() === orchestration.toLowerCase();
}
