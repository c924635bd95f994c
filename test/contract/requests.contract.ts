import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { RequestRecord } from "../../shared/domain/training-request.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import { inBatches, walk } from "./pages.ts";

const START = Date.parse("2026-07-01T00:00:00Z");
const MINUTE_MS = 60_000;

export interface RequestsSubject {
  readonly requests: Requests;
  teardown?(): Promise<void>;
}

/** What every implementation of `Requests` must do. */
export function describeRequests(name: string, setup: () => Promise<RequestsSubject>): void {
  describe(`Requests: ${name}`, () => {
    let subject: RequestsSubject;
    let requests: Requests;

    beforeAll(async () => {
      subject = await setup();
      requests = subject.requests;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("an empty table answers", async () => {
      expect(await requests.find("support", id(1))).toBeUndefined();
      expect(await requests.list(undefined, 10)).toEqual({ rows: [], next: undefined });
      expect(await requests.stale(new Date(START))).toEqual([]);
      expect(await requests.unreadable()).toEqual([]);
    });

    test.each(["", "absent", "a/b", "a\\b", "a#b?c", "it's", "ä🦊", "\n"])(
      "there is no request called '%s'",
      async (text) => {
        expect(await requests.find("support", text)).toBeUndefined();
        expect(await requests.find(text, id(1))).toBeUndefined();
      },
    );

    test("insert() of the same id keeps the first, and gives it back", async () => {
      const first = row("dedupe", 1);

      expect(await requests.insert(first)).toBeUndefined();
      expect(await requests.insert(row("dedupe", 1, { requestedBy: "a duplicate" }))).toEqual(
        first,
      );
      expect(await requests.find("dedupe", id(1))).toMatchObject({ row: first });
    });

    test("of inserts at the same moment exactly one wins", async () => {
      const inserts = Array.from({ length: 8 }, async (_, caller) =>
        requests.insert(row("raced", 1, { requestedBy: `caller ${caller}` })),
      );

      const before = await Promise.all(inserts);

      const stored = await requests.find("raced", id(1));
      expect(before.filter((one) => one === undefined)).toHaveLength(1);
      expect(before.filter((one) => one !== undefined)).toEqual(
        Array.from({ length: 7 }, () => stored?.row),
      );
    });

    test("one event may be a request of two pipelines", async () => {
      await requests.insert(row("twin-a", 1));

      expect(await requests.insert(row("twin-b", 1))).toBeUndefined();
    });

    test("keeps every field, and hundreds of blobs", async () => {
      const datasets = Array.from({ length: 500 }, (_, index) => ({
        name: `support/Größe 数据 🦊 ${index} ${"x".repeat(80)}.jsonl`,
        etag: `0x8D${index}`,
        size: 5_000_000_000 + index,
      }));
      const full = row("fields", 1, {
        datasets,
        state: "refused",
        run: "fields-7",
        code: "PIPELINE_INVALID",
        message: "It's 'quoted', and has\na second line",
      });
      await requests.insert(full);

      expect((await requests.find("fields", id(1)))?.row).toEqual(full);
    });

    test("update() goes through on the version that was read, once", async () => {
      await requests.insert(row("updated", 1));
      const read = await requests.find("updated", id(1));

      const waiting = row("updated", 1, { state: "waiting" });
      expect(await requests.update(waiting, read?.etag ?? "")).toBe(true);
      expect(await requests.update(row("updated", 1, { state: "done" }), read?.etag ?? "")).toBe(
        false,
      );
      expect((await requests.find("updated", id(1)))?.row).toEqual(waiting);
    });

    test("update() does not bring back a row", async () => {
      await requests.insert(row("present", 1));
      const read = await requests.find("present", id(1));

      expect(await requests.update(row("absent", 1), read?.etag ?? "")).toBe(false);
      expect(await requests.find("absent", id(1))).toBeUndefined();
    });

    test("of updates at the same moment exactly one goes through", async () => {
      await requests.insert(row("contended", 1));
      const read = await requests.find("contended", id(1));

      const updates = Array.from({ length: 8 }, async (_, run) =>
        requests.update(row("contended", 1, { run: `contended-${run + 1}` }), read?.etag ?? ""),
      );

      expect((await Promise.all(updates)).filter(Boolean)).toHaveLength(1);
    });

    test("update() drops a field that is no longer there", async () => {
      await requests.insert(row("dropped", 1, { message: "was refused", datasets: manyBlobs() }));
      const read = await requests.find("dropped", id(1));
      await requests.update(row("dropped", 1), read?.etag ?? "");

      expect((await requests.find("dropped", id(1)))?.row).toEqual(row("dropped", 1));
    });

    test("list() of all pipelines is newest first too, and loses nothing between pages", async () => {
      for (const number of [3, 1, 2]) {
        await requests.insert(row("mixed-b", number));
        await requests.insert(row("mixed-a", number));
      }

      const pages = await walk(async (next) => requests.list(undefined, 3, next));

      const rows = pages.flat();
      const times = rows.map((one) => Date.parse(one.requestedAt));
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      const mixed = rows.filter((one) => one.pipeline.startsWith("mixed-"));
      expect(mixed.map((one) => one.id)).toEqual([3, 3, 2, 2, 1, 1].map(id));
      expect(new Set(mixed.map((one) => `${one.pipeline}/${one.id}`)).size).toBe(6);
    });

    test("list() pages through 600 rows, newest first, each once", async () => {
      const numbers = Array.from({ length: 600 }, (_, index) => index + 1);
      await inBatches(numbers, async (number) => requests.insert(row("paged", number)));

      const pages = await walk(async (next) => requests.list("paged", 250, next));

      expect(pages.map((page) => page.length)).toEqual([250, 250, 100]);
      expect(pages.flat().map((one) => one.id)).toEqual(numbers.toReversed().map(id));
    });

    test("list() follows the time, however it is written", async () => {
      const times = ["2026-07-01T00:00:00.500Z", "2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z"];
      for (const [index, requestedAt] of times.entries()) {
        await requests.insert(row("written", index, { requestedAt }));
      }

      const { rows } = await requests.list("written", 10);

      expect(rows.map((one) => one.requestedAt)).toEqual([times[2], times[0], times[1]]);
    });

    test("stale() finds what was received and left, or waits", async () => {
      await requests.insert(row("stale", 1));
      await requests.insert(row("stale", 2, { state: "running" }));
      await requests.insert(row("stale", 3));
      await requests.insert(row("stale", 0, { state: "waiting" }));

      const found = await requests.stale(new Date(START + 3 * MINUTE_MS));

      const own = found.filter((one) => one.pipeline === "stale");
      expect(own).toEqual([row("stale", 1), row("stale", 0, { state: "waiting" })]);
    });

    test("keepUnreadable() keeps the first of an id, whatever the id is", async () => {
      const hostile = `a/b\\c#d?e'f%20 ä🦊${"x".repeat(1_000)}`;
      const message = { id: hostile, receivedAt: at(1), reason: "not JSON", excerpt: "{\u0000" };
      await requests.keepUnreadable(message);
      await requests.keepUnreadable({ ...message, receivedAt: at(2), reason: "again" });

      const kept = await requests.unreadable();

      expect(kept.filter((one) => one.id === hostile)).toEqual([message]);
    });

    test("unreadable() gives the newest 100 first, and they are no requests", async () => {
      const numbers = Array.from({ length: 120 }, (_, index) => index + 1_000);
      await inBatches(numbers, async (number) =>
        requests.keepUnreadable({
          id: `message ${number}`,
          receivedAt: at(number),
          reason: "no subject",
          excerpt: "x".repeat(2_000),
        }),
      );

      const kept = await requests.unreadable();

      expect(kept.map((one) => one.id)).toEqual(
        numbers
          .toReversed()
          .slice(0, 100)
          .map((number) => `message ${number}`),
      );
      const { rows } = await requests.list(undefined, 10);
      expect(rows.map((one) => one.pipeline)).not.toContain("~unreadable");
    });
  });
}

function row(
  pipeline: string,
  number: number,
  changes: Partial<RequestRecord> = {},
): RequestRecord {
  return {
    id: id(number),
    pipeline,
    source: "upload",
    requestedAt: at(number),
    datasets: [{ name: "support/a.jsonl", etag: "0x1", size: 10 }],
    requestedBy: "Event Grid",
    state: "received",
    ...changes,
  };
}

function manyBlobs(): RequestRecord["datasets"] {
  return Array.from({ length: 900 }, (_, index) => ({
    name: `support/${index}-${"x".repeat(100)}.jsonl`,
    etag: "0x1",
    size: 1,
  }));
}

function id(number: number): string {
  return number.toString(16).padStart(16, "0");
}

function at(minute: number): string {
  return new Date(START + minute * MINUTE_MS).toISOString();
}
