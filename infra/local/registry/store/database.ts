import { DatabaseSync } from "node:sqlite";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS repositories (
    name TEXT PRIMARY KEY,
    attributes TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS manifests (
    repository TEXT NOT NULL REFERENCES repositories(name) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    mediaType TEXT NOT NULL, body BLOB NOT NULL, size INTEGER NOT NULL, imageSize INTEGER NOT NULL,
    configMediaType TEXT, artifactType TEXT, subject TEXT, annotations TEXT NOT NULL,
    attributes TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS referrers ON manifests (repository, subject);
  CREATE TABLE IF NOT EXISTS tags (
    repository TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
    attributes TEXT NOT NULL, createdAt TEXT NOT NULL, updatedAt TEXT NOT NULL,
    PRIMARY KEY (repository, name),
    FOREIGN KEY (repository, digest) REFERENCES manifests(repository, digest) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tagged ON tags (repository, digest);
  CREATE TABLE IF NOT EXISTS blobs (
    repository TEXT NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS holders ON blobs (digest);
`;

/**
 * Opens the metadata: repositories, manifests with their bytes, tags, locks, and which repository has
 * which blob. A change that was answered survives the process and the machine (`synchronous = FULL`).
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  database.exec(SCHEMA);
  return database;
}

/** Runs `change` as one transaction: all of it, or, if it throws, nothing. */
export function inTransaction<Result>(database: DatabaseSync, change: () => Result): Result {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = change();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
