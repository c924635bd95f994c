import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import { z } from "zod";

import { Entity, Instance } from "../instance.ts";
import { type Message, MessageBody } from "../message.ts";
import { openTaskHub, openTaskHubForReading } from "./open-task-hub.ts";
import type { InstanceFilter, Store, WorkItem } from "./store.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

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
  constructor(file: string, { readOnly = false } = {}) {
    this.#database = readOnly ? openTaskHubForReading(file) : openTaskHub(file);
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
      // A full disk has ended the transaction already, and that error is the one to tell.
      if (this.#database.isTransaction) this.#run("ROLLBACK");
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

function fromJson(row: unknown): unknown {
  return JSON.parse(TextRow.parse(row).text);
}
