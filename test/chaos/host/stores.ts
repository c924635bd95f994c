import { rmSync } from "node:fs";
import path from "node:path";

import { MemoryStore } from "../../../infra/local/functions-host/durable/store/memory-store.ts";
import { SqliteStore } from "../../../infra/local/functions-host/durable/store/sqlite-store.ts";
import type { OpenStore } from "./world.ts";

/** Outlives the hub as a disk would: it is the same one after each crash. */
export const memoryStores: OpenStore = () => {
  const store = new MemoryStore();
  return { open: () => store, discard: () => undefined };
};

/** @param directory where each run has a file of its own, which is opened again after a crash */
export function sqliteStores(directory: string): OpenStore {
  let count = 0;
  return () => {
    count += 1;
    const file = path.join(directory, `hub-${count}.sqlite`);
    let store: SqliteStore | undefined;
    return {
      open() {
        store = new SqliteStore(file);
        return store;
      },
      discard() {
        store?.close();
        for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
      },
    };
  };
}
