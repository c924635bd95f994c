import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { z } from "zod";

import { UsageError } from "../program/usage-error.ts";

/** A message that must still be put into its queue. */
export interface PendingMessage {
  readonly queue: string;
  readonly text: string;
  /** Not before; milliseconds since 1970. */
  readonly dueAt: number;
}

const StoredMessage = z.object({
  id: z.number(),
  queue: z.string(),
  text: z.string(),
  tries: z.number(),
});
export type StoredMessage = z.infer<typeof StoredMessage>;

/** What is written down before a client is told that its blob is stored. */
export interface Journal {
  /** All of them or none. */
  append(messages: readonly PendingMessage[]): void;
  due(now: number, limit: number): readonly StoredMessage[];
  /** When the next one is due. */
  nextDueAt(): number | undefined;
  postpone(id: number, dueAt: number): void;
  remove(id: number): void;
  count(): number;
  close(): void;
}

// NORMAL: a write survives the end of the process, and not, in every case, a power cut.
const SETUP = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS pending (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    text TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS pending_due ON pending (due_at, id);
`;

/**
 * @param file undefined: what was not delivered is forgotten at the end
 * @throws {UsageError} if another process has the journal, or it is no journal
 */
export function openJournal(file: string | undefined): Journal {
  const database = open(file);
  const insert = database.prepare("INSERT INTO pending (queue, text, due_at) VALUES (?, ?, ?)");
  const due = database.prepare(
    "SELECT id, queue, text, tries FROM pending WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
  );
  const next = database.prepare("SELECT MIN(due_at) AS value FROM pending");
  const count = database.prepare("SELECT COUNT(*) AS value FROM pending");
  const postpone = database.prepare(
    "UPDATE pending SET due_at = ?, tries = tries + 1 WHERE id = ?",
  );
  const remove = database.prepare("DELETE FROM pending WHERE id = ?");

  return {
    append(messages) {
      database.exec("BEGIN");
      try {
        for (const { dueAt, queue, text } of messages) insert.run(queue, text, dueAt);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    due: (now, limit) => z.array(StoredMessage).parse(due.all(now, limit)),
    nextDueAt: () => asNumber(next.get()),
    postpone: (id, dueAt) => void postpone.run(dueAt, id),
    remove: (id) => void remove.run(id),
    count: () => asNumber(count.get()) ?? 0,
    close: () => database.close(),
  };
}

function open(file: string | undefined): DatabaseSync {
  try {
    if (file !== undefined) mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file ?? ":memory:");
    database.exec(SETUP);
    return database;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `The journal ${file ?? "in memory"} cannot be used: ${reason}. Is another event-grid running with it?`,
      { cause: error },
    );
  }
}

function asNumber(row: unknown): number | undefined {
  return z.object({ value: z.number().nullable() }).parse(row).value ?? undefined;
}
