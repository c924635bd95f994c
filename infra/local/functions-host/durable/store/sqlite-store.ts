import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

import { z } from "zod";

import { UsageError } from "../../../program/usage-error.ts";
import { Entity, Instance } from "../instance.ts";
import { type Message, MessageBody } from "../message.ts";
import type { InstanceFilter, Store, WorkItem } from "./store.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

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

const INSTANCE_PAGE = `
  SELECT record AS text FROM instances
  WHERE (:statuses IS NULL OR status IN (SELECT value FROM json_each(:statuses)))
    AND (:createdFrom IS NULL OR created_at >= :createdFrom)
    AND (:createdTo IS NULL OR created_at <= :createdTo)
    AND (:after IS NULL OR id > :after)
    AND substr(id, 1, length(:idPrefix)) = :idPrefix
  ORDER BY id LIMIT :limit`;

const TextRow = z.object({ text: z.string() });
const MessageRow = z.object({
  sequence: z.number(),
  target: z.string(),
  due: z.number().nullable(),
  body: z.string(),
});

/**
 * Survives the process with each commit, and the machine with each flush. SQLite could wait for the disk in
 * every commit (`synchronous = FULL`); many commits that share one wait are several times faster.
 */
export class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #log: WriteAheadLog;

  /** @throws {UsageError} if the file is not a task hub of this format */
  constructor(file: string) {
    this.#database = openTaskHub(file);
    this.#log = new WriteAheadLog(`${file}-wal`);
  }

  instance(id: string): Instance | undefined {
    const row = this.#prepare("SELECT record AS text FROM instances WHERE id = ?").get(id);
    return row && Instance.parse(fromJson(row));
  }

  instances(filter: InstanceFilter): Instance[] {
    const rows = this.#prepare(INSTANCE_PAGE).all({
      statuses: filter.statuses ? JSON.stringify(filter.statuses) : null,
      createdFrom: filter.createdFrom ?? null,
      createdTo: filter.createdTo ?? null,
      after: filter.after ?? null,
      idPrefix: filter.idPrefix ?? "",
      limit: filter.limit ?? -1,
    });
    return rows.map((row) => Instance.parse(fromJson(row)));
  }

  history(instanceId: string): readonly string[] {
    const rows = this.#prepare(
      "SELECT event AS text FROM history WHERE instance_id = ? ORDER BY position",
    ).all(instanceId);
    return rows.map((row) => TextRow.parse(row).text);
  }

  entity(id: string): Entity | undefined {
    const row = this.#prepare("SELECT record AS text FROM entities WHERE id = ?").get(id);
    return row && Entity.parse(fromJson(row));
  }

  entities(idPrefix: string): Entity[] {
    const rows = this.#prepare(
      "SELECT record AS text FROM entities WHERE substr(id, 1, length(:prefix)) = :prefix ORDER BY id",
    ).all({ prefix: idPrefix });
    return rows.map((row) => Entity.parse(fromJson(row)));
  }

  messages(): Message[] {
    const rows = this.#prepare("SELECT * FROM messages ORDER BY sequence").all();
    return rows.map((row) => {
      const { sequence, target, due, body } = MessageRow.parse(row);
      return { sequence, to: target, due, body: MessageBody.parse(JSON.parse(body)) };
    });
  }

  commit(work: WorkItem): Message[] {
    return this.#atomically(() => {
      for (const sequence of work.consumed) {
        this.#run("DELETE FROM messages WHERE sequence = ?", sequence);
      }
      if (work.entity) {
        const { id } = work.entity;
        this.#run("INSERT OR REPLACE INTO entities VALUES (?, ?)", id, JSON.stringify(work.entity));
      }
      if (work.instance) this.#put(work.instance, work);
      return work.send.map((message) => {
        const { lastInsertRowid } = this.#run(
          "INSERT INTO messages (target, due, body) VALUES (?, ?, ?)",
          message.to,
          message.due,
          JSON.stringify(message.body),
        );
        return { ...message, sequence: Number(lastInsertRowid) };
      });
    });
  }

  purge(id: string): boolean {
    return this.#atomically(() => {
      const instances = this.#run("DELETE FROM instances WHERE id = ?", id).changes;
      const entities = this.#run("DELETE FROM entities WHERE id = ?", id).changes;
      this.#run("DELETE FROM history WHERE instance_id = ?", id);
      this.#run("DELETE FROM messages WHERE target = ?", id);
      return Number(instances) + Number(entities) > 0;
    });
  }

  flush(): Promise<void> {
    return this.#log.flush();
  }

  close(): void {
    this.#log.close();
    this.#database.close();
  }

  #put(instance: Instance, { history }: WorkItem): void {
    this.#run(
      "INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?)",
      instance.id,
      instance.status,
      instance.createdAt,
      JSON.stringify(instance),
    );
    if (!history) return;
    this.#run(
      "DELETE FROM history WHERE instance_id = ? AND position >= ?",
      instance.id,
      history.keep,
    );
    history.append.forEach((event, index) => {
      this.#run("INSERT INTO history VALUES (?, ?, ?)", instance.id, history.keep + index, event);
    });
  }

  #atomically<Result>(change: () => Result): Result {
    this.#run("BEGIN IMMEDIATE");
    try {
      const result = change();
      this.#run("COMMIT");
      return result;
    } catch (error) {
      this.#run("ROLLBACK");
      throw error;
    }
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    return this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function openTaskHub(file: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    // NORMAL: the file is never damaged, and `flush` says when the last commits are on disk.
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    const version = readPragma(database, "user_version");
    const application = readPragma(database, "application_id");
    if (version === 0 && application === 0 && isEmpty(database)) {
      database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    } else {
      checkFormat(file, application, version);
    }
    return database;
  } catch (error) {
    database?.close();
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `The task hub ${file} cannot be opened (${reason}). Remove it to begin with an empty one, or choose another directory with --data.`,
      { cause: error },
    );
  }
}

function checkFormat(file: string, application: number, version: number): void {
  if (application !== APPLICATION_ID) {
    throw new UsageError(
      `${file} is a database of another program, not a task hub. Choose another directory with --data.`,
    );
  }
  if (version !== FORMAT_VERSION) {
    throw new UsageError(
      `The task hub ${file} has format ${version}, and this version reads format ${FORMAT_VERSION}. ` +
        "Run the version that wrote it, remove the file to begin with an empty one, or choose another directory with --data.",
    );
  }
}

function readPragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get();
  return Number(row?.[name] ?? 0);
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
}

function fromJson(row: unknown): unknown {
  return JSON.parse(TextRow.parse(row).text);
}
