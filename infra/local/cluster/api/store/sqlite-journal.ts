import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { parseObject } from "../../objects/parse-object.ts";
import { idOf } from "../resource.ts";
import type { Change, Journal } from "./store.ts";

/** Keeps the objects of a store in a SQLite file, each change before anybody hears of it. */
export function openSqliteJournal(directory: string): Journal {
  const database = new DatabaseSync(path.join(directory, "cluster.sqlite"));
  // A change survives the end of this process at any instant; only a power cut may lose the last ones.
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS objects (
      resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL,
      PRIMARY KEY (resource, namespace, name)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
    INSERT OR IGNORE INTO counter VALUES (1, 1);
  `);
  const put = database.prepare("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)");
  const remove = database.prepare(
    "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?",
  );
  const count = database.prepare("UPDATE counter SET revision = ? WHERE id = 1");

  function write({ type, resource, object, revision }: Change): void {
    const { namespace = "", name } = object.metadata;
    if (type === "DELETED") remove.run(idOf(resource), namespace, name);
    else put.run(idOf(resource), namespace, name, JSON.stringify(object));
    count.run(revision);
  }

  return {
    revision: Number(database.prepare("SELECT revision FROM counter").get()?.["revision"] ?? 1),
    *load() {
      for (const row of database.prepare("SELECT resource, json FROM objects").iterate()) {
        const object = parseObject(JSON.parse(String(row["json"])));
        yield { resourceId: String(row["resource"]), object };
      }
    },
    save(change) {
      database.exec("BEGIN");
      try {
        write(change);
        database.exec("COMMIT");
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => database.close(),
  };
}
