import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { reasonOf } from "./reason-of.ts";
import { UsageError } from "./usage-error.ts";

/** A directory that one process at a time may write. */
export interface DataDirectory {
  readonly path: string;
  release(): void;
}

/**
 * Creates the directory if it is missing and holds it until `release` or the end of the process.
 *
 * The lock is an open SQLite transaction: the system drops it with the process, so a process that
 * was killed with -9 leaves nothing to clean up, which a file with a process id in it would.
 *
 * @throws {UsageError} if another process holds the directory, or if it cannot be written
 */
export function holdDataDirectory(directory: string): DataDirectory {
  const owner = path.join(directory, "owner");
  let lock: DatabaseSync;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    lock = new DatabaseSync(path.join(directory, "lock"));
  } catch (error) {
    throw new UsageError(`The data directory ${directory} cannot be used: ${reasonOf(error)}`, {
      cause: error,
    });
  }

  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const who = readOwner(owner);
    throw new UsageError(
      `The data directory ${directory} is in use${who ? ` by process ${who}` : ""}. ` +
        "Stop that process, or choose another directory with --data.",
      { cause: error },
    );
  }
  writeFileSync(owner, String(process.pid));
  return { path: directory, release: () => lock.close() };
}

function readOwner(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
