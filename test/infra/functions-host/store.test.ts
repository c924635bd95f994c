import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { MemoryStore } from "../../../infra/local/functions-host/durable/store/memory-store.ts";
import { SqliteStore } from "../../../infra/local/functions-host/durable/store/sqlite-store.ts";
import { WriteAheadLog } from "../../../infra/local/functions-host/durable/store/write-ahead-log.ts";
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

  test("refuses a file with a damaged page and leaves it as it is", () => {
    const file = newFile();
    const store = new SqliteStore(file);
    for (let index = 0; index < 200; index += 1) {
      store.commit({ consumed: [], send: [], instance: anInstance(`instance ${index}`) });
    }
    store.close();
    const page = openSync(file, "r+");
    writeSync(page, Buffer.alloc(4096, 0xa5), 0, 4096, 4096 * 5);
    closeSync(page);
    const before = readFileSync(file);

    expect(() => new SqliteStore(file)).toThrow(
      /cannot be opened \(.+\)\. It was left as it is\. Restore it from a copy, remove it/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("opens what a killed process left, with what only its log has", () => {
    const file = newFile();
    const killed = new SqliteStore(file);
    killed.commit({ consumed: [], send: [aMessage("one")], instance: anInstance("one") });
    const copy = newFile();
    for (const suffix of ["", "-wal"]) {
      writeFileSync(`${copy}${suffix}`, readFileSync(`${file}${suffix}`));
    }
    killed.close();

    const after = new SqliteStore(copy);

    expect(after.instance("one")).toEqual(anInstance("one"));
    expect(after.messages()).toHaveLength(1);
    after.close();
  });

  test("brings what was committed to disk, for many callers at once", async () => {
    const file = newFile();
    const store = new SqliteStore(file);
    const flushes = Array.from({ length: 20 }, (_, index) => {
      store.commit({ consumed: [], send: [], instance: anInstance(`instance ${index}`) });
      return store.flush();
    });

    await Promise.all(flushes);

    expect(statSync(`${file}-wal`).size).toBeGreaterThan(20 * 4096);
    store.close();
  });

  test("may be closed while somebody still waits for the disk", async () => {
    const store = new SqliteStore(newFile());
    store.commit({ consumed: [], send: [], instance: anInstance("one") });
    const flushes = [store.flush(), store.flush(), store.flush()];

    store.close();

    await expect(Promise.all([...flushes, store.flush()])).resolves.toHaveLength(4);
  });

  test("is quiet when its log is gone before it could be opened", async () => {
    const log = new WriteAheadLog(path.join(directory, "gone.db-wal"));
    const flushed = log.flush();

    log.close();

    // Nobody else may be told of the missing file either: an unhandled rejection fails the run.
    await expect(flushed).resolves.toBeUndefined();
  });

  test("keeps what is stored when the disk is full, and goes on when it no longer is", () => {
    const file = newFile();
    const script = path.join(import.meta.dirname, "support/fill-store.ts");
    // A limit on the size of files, in blocks of 1024 bytes: what a full disk is to SQLite.
    const limited = `trap '' XFSZ; ulimit -f 2048; exec "${process.execPath}" "${script}" "${file}"`;

    const output = execFileSync("bash", ["-c", limited], { encoding: "utf8" });
    const {
      count: stored,
      readable,
      reason,
    } = JSON.parse(output) as { count: number; readable: number; reason: string };

    expect(reason).toMatch(/disk is full|disk I\/O error/);
    expect(stored).toBeGreaterThan(10);
    expect(readable).toBe(stored);
    const after = new SqliteStore(file);
    after.commit({ consumed: [], send: [], instance: anInstance("one more") });
    expect(after.instances({})).toHaveLength(stored + 1);
    after.close();
  });
});
