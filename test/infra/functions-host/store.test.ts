import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { MemoryStore } from "../../../infra/local/functions-host/durable/store/memory-store.ts";
import { SqliteStore } from "../../../infra/local/functions-host/durable/store/sqlite-store.ts";
import { aMessage, anEvent, anInstance, describeStore } from "./store.contract.ts";

let directory: string;
let count = 0;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "store-"));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

function newFile(): string {
  count += 1;
  return path.join(directory, `${count}.db`);
}

describeStore("in memory", () => new MemoryStore());
describeStore("SQLite", () => new SqliteStore(newFile()));

describe("SqliteStore", () => {
  test("finds everything again after it was closed", () => {
    const file = newFile();
    const before = new SqliteStore(file);
    const history = { keep: 0, append: [anEvent("a"), anEvent("b")] };
    before.commit({
      consumed: [],
      send: [aMessage("one", 5)],
      instance: anInstance("one"),
      history,
    });
    const messages = before.messages();
    before.close();

    const after = new SqliteStore(file);

    expect(after.instance("one")).toEqual(anInstance("one"));
    expect(after.history("one")).toEqual(history.append);
    expect(after.messages()).toEqual(messages);
    after.close();
  });

  test("refuses a task hub of another format with a sentence", () => {
    const file = newFile();
    new SqliteStore(file).close();
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 99");
    database.close();

    expect(() => new SqliteStore(file)).toThrow(
      /has format 99, and this version reads format 1\. .* or choose another directory with --data\./,
    );
  });

  test("refuses the database of another program", () => {
    const file = newFile();
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE instances (id TEXT)");
    database.close();

    expect(() => new SqliteStore(file)).toThrow(/is a database of another program/);
  });

  test("refuses a file that is no database", () => {
    const file = newFile();
    writeFileSync(
      file,
      "not a database, but long enough to be taken for the header of one ........",
    );

    expect(() => new SqliteStore(file)).toThrow(/cannot be opened .*not a database/);
  });
});
