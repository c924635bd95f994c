import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { RunFiles } from "../../shared/ports/run-files.ts";

const MB = 1024 * 1024;

export interface RunFilesSubject {
  readonly files: RunFiles;
  download(url: string): Promise<Uint8Array>;
  teardown?(): Promise<void>;
}

/** What every implementation of `RunFiles` must do. */
export function describeRunFiles(name: string, setup: () => Promise<RunFilesSubject>): void {
  describe(`RunFiles: ${name}`, () => {
    let subject: RunFilesSubject;
    let files: RunFiles;

    beforeAll(async () => {
      subject = await setup();
      files = subject.files;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("a file that was never written is absent", async () => {
      const file = { run: "support-1", name: "absent.json" };

      expect(await files.find(file)).toBeUndefined();
      expect(await files.readText(file)).toBeUndefined();
    });

    test("putOnce() says what it stored", async () => {
      const file = { run: "support-1", name: "manifest.json" };

      const stored = await files.putOnce(file, Buffer.from("hello"));

      expect(stored).toEqual({ size: 5, sha256: sha256("hello") });
      expect(await files.find(file)).toEqual(stored);
      expect(await files.readText(file)).toBe("hello");
    });

    test("a second putOnce() with other bytes keeps the first", async () => {
      const file = { run: "support-1", name: "once.json" };
      const first = await files.putOnce(file, Buffer.from("first"));

      const second = await files.putOnce(file, inChunks("second, and longer"));

      expect(second).toEqual(first);
      expect(await files.readText(file)).toBe("first");
    });

    test("of writers at the same moment one wins, whole, and all are told so", async () => {
      const file = { run: "support-1", name: "raced.jsonl" };
      const contents = Array.from({ length: 4 }, (_, writer) => String(writer).repeat(5 * MB));

      const told = await Promise.all(
        contents.map(async (content) => files.putOnce(file, inChunks(content))),
      );

      const stored = await files.find(file);
      const winner = contents.find((content) => sha256(content) === stored?.sha256);
      expect(told).toEqual(told.map(() => stored));
      expect(winner).toBeDefined();
      expect(await files.readText(file)).toBe(winner?.slice(0, 4 * MB));
    });

    test("a stream of 30 MB arrives byte for byte, though its source reuses its buffer", async () => {
      const file = { run: "support-1", name: "train.jsonl" };
      const expected = createHash("sha256");

      const stored = await files.putOnce(file, reusingItsBuffer(30 * MB, expected));

      expect(stored).toEqual({ size: 30 * MB, sha256: expected.digest("hex") });
      const url = await files.readUrl(file, inTenMinutes());
      expect(sha256(await subject.download(url))).toBe(stored.sha256);
    });

    test("nothing is stored when the source fails, and its error is not changed", async () => {
      const file = { run: "support-1", name: "broken.jsonl" };
      const failure = new Error("line 7 is not JSON");

      const writing = files.putOnce(file, failing(failure));

      await expect(writing).rejects.toBe(failure);
      expect(await files.find(file)).toBeUndefined();
      expect(await files.putOnce(file, Buffer.from("whole"))).toMatchObject({ size: 5 });
    });

    test("an empty file is a file", async () => {
      const file = { run: "support-1", name: "empty.log" };

      const stored = await files.putOnce(file, inChunks(""));

      expect(stored).toEqual({ size: 0, sha256: sha256("") });
      expect(await files.readText(file)).toBe("");
    });

    test("put() replaces", async () => {
      const file = { run: "support-1", name: "trainer.log" };
      await files.put(file, Buffer.from("epoch 1"));
      await files.put(file, Buffer.from("epoch 1\nepoch 2 äöü 🦊"));

      expect(await files.readText(file)).toBe("epoch 1\nepoch 2 äöü 🦊");
      expect(await files.find(file)).toMatchObject({ sha256: sha256("epoch 1\nepoch 2 äöü 🦊") });
    });

    test("readText() stops after 4 MB", async () => {
      const file = { run: "support-1", name: "long.log" };
      await files.put(file, Buffer.alloc(5 * MB, "x"));

      expect(await files.readText(file)).toHaveLength(4 * MB);
    });

    test("files of one name belong to their run", async () => {
      await files.put({ run: "support-2", name: "own.log" }, Buffer.from("two"));
      await files.put({ run: "support-22", name: "own.log" }, Buffer.from("twenty-two"));

      expect(await files.readText({ run: "support-2", name: "own.log" })).toBe("two");
    });
  });
}

export function inTenMinutes(): Date {
  return new Date(Date.now() + 600_000);
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

async function* inChunks(text: string): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += 70_000) {
    yield bytes.subarray(start, start + 70_000);
  }
}

async function* reusingItsBuffer(
  size: number,
  hash: ReturnType<typeof createHash>,
): AsyncIterable<Uint8Array> {
  const buffer = Buffer.alloc(100_003);
  for (let sent = 0; sent < size; sent += buffer.length) {
    buffer.fill(`row ${sent};`);
    const chunk = buffer.subarray(0, Math.min(buffer.length, size - sent));
    hash.update(chunk);
    yield chunk;
  }
}

async function* failing(error: Error): AsyncIterable<Uint8Array> {
  yield Buffer.alloc(5 * MB);
  throw error;
}
