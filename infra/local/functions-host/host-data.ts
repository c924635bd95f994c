import path from "node:path";

import { holdDataDirectory } from "../program/data-directory.ts";
import { MemoryStore } from "./durable/store/memory-store.ts";
import { SqliteStore } from "./durable/store/sqlite-store.ts";
import type { Store } from "./durable/store/store.ts";
import { createKeys, type HostKeys, readKeys, readOrCreateKeys } from "./http/keys.ts";
import { openTimerStatuses, type TimerStatuses } from "./triggers/timer-statuses.ts";

/** In the data directory. */
export const TASK_HUB_FILE = "task-hub.db";

/** What the host keeps from one start to the next. */
export interface HostData {
  readonly store: Store;
  readonly keys: HostKeys;
  readonly timers: TimerStatuses;
  close(): void;
}

/**
 * @param directory undefined keeps everything in memory
 * @param keysFile a file with keys, instead of made ones
 * @throws {UsageError} if the directory is in use, or if what is in it cannot be read
 */
export function openHostData(
  directory: string | undefined,
  keysFile: string | undefined,
): HostData {
  const givenKeys = keysFile === undefined ? undefined : readKeys(keysFile);
  if (directory === undefined) {
    return {
      store: new MemoryStore(),
      keys: givenKeys ?? createKeys(),
      timers: openTimerStatuses(undefined),
      close: () => undefined,
    };
  }

  const held = holdDataDirectory(directory);
  try {
    const store = new SqliteStore(path.join(directory, TASK_HUB_FILE));
    return {
      store,
      keys: givenKeys ?? readOrCreateKeys(path.join(directory, "host-keys.json")),
      timers: openTimerStatuses(path.join(directory, "timers.json")),
      close: () => {
        store.close();
        held.release();
      },
    };
  } catch (error) {
    held.release();
    throw error;
  }
}
