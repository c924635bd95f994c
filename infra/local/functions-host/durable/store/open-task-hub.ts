import { existsSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { UsageError } from "../../../program/usage-error.ts";
import { reasonOf } from "../../../program/reason-of.ts";

/** Marks the file as ours ("RFfh"), so that another program's database is never taken for a task hub. */
const APPLICATION_ID = 0x52_46_66_68;
const FORMAT_VERSION = 1;

const SCHEMA = `
  CREATE TABLE instances (id TEXT PRIMARY KEY, status TEXT NOT NULL, created_at TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE history (instance_id TEXT, position INTEGER, event TEXT NOT NULL, PRIMARY KEY (instance_id, position)) WITHOUT ROWID;
  CREATE TABLE entities (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE messages (sequence INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, due INTEGER, body TEXT NOT NULL);
  CREATE INDEX messages_by_target ON messages (target);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT_VERSION};`;

/**
 * Opens the file of a task hub, or makes it. One that is not right is refused before anything is written to it.
 *
 * @throws {UsageError} if the file is damaged, of another program or of another format
 */
export function openTaskHub(file: string): DatabaseSync {
  const isThere =
    existsSync(file) &&
    withDatabase(file, true, (database) => {
      const isFilled = check(file, database);
      database.close();
      return isFilled;
    });
  return withDatabase(file, false, (database) => {
    // NORMAL: the file is never damaged, and `SqliteStore.flush` says when the last commits are on disk.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    if (!isThere) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    return database;
  });
}

/**
 * Opens the file of a task hub to look at it: a host may be working with it, and what is read is one moment.
 *
 * @throws {UsageError} if it is not there, of another program or of another format
 */
export function openTaskHubForReading(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new UsageError(
      `There is no task hub in ${path.dirname(file)}: name the host's data directory with --data.`,
    );
  }
  return withDatabase(file, true, (database) => {
    checkFormat(file, database);
    database.exec("BEGIN");
    return database;
  });
}

/** @returns false if the file is empty */
function check(file: string, database: DatabaseSync): boolean {
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (isEmpty && readPragma(database, "user_version") === 0) return false;
  checkFormat(file, database);
  const found = readPragma(database, "quick_check(1)");
  if (found !== "ok") throw new Error(String(found).replaceAll(/\s+/g, " "));
  return true;
}

/** Closes the database if the action fails. */
function withDatabase<Result>(
  file: string,
  readOnly: boolean,
  action: (database: DatabaseSync) => Result,
): Result {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly });
    return action(database);
  } catch (error) {
    if (database?.isOpen === true) database.close();
    if (error instanceof UsageError) throw error;
    const reason = reasonOf(error);
    throw new UsageError(
      `The task hub ${file} cannot be opened (${reason}). It was left as it is. Restore it from a copy, ` +
        "remove it to begin with an empty one, or choose another directory with --data.",
      { cause: error },
    );
  }
}

function checkFormat(file: string, database: DatabaseSync): void {
  const version = readPragma(database, "user_version");
  if (readPragma(database, "application_id") !== APPLICATION_ID) {
    throw new UsageError(
      `${file} is a database of another program, not a task hub. Choose another directory with --data.`,
    );
  }
  if (version !== FORMAT_VERSION) {
    throw new UsageError(
      `The task hub ${file} has format ${String(version)}, and this version reads format ${FORMAT_VERSION}. ` +
        "Run the version that wrote it, remove the file to begin with an empty one, or choose another directory with --data.",
    );
  }
}

/** The first value that it answers with. */
function readPragma(database: DatabaseSync, pragma: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
}
