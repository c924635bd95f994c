import { afterAll, beforeAll, describe, expect, test } from "vitest";

import type { RunRecord } from "../../shared/domain/run.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import { inBatches, walk } from "./pages.ts";

const AT = "2026-07-01T00:00:00.000Z";

export interface RunsSubject {
  readonly runs: Runs;
  teardown?(): Promise<void>;
}

/** What every implementation of `Runs` must do. */
export function describeRuns(name: string, setup: () => Promise<RunsSubject>): void {
  describe(`Runs: ${name}`, () => {
    let subject: RunsSubject;
    let runs: Runs;

    beforeAll(async () => {
      subject = await setup();
      runs = subject.runs;
    });

    afterAll(async () => {
      await subject.teardown?.();
    });

    test("an empty table answers", async () => {
      expect(await runs.find("support-1")).toBeUndefined();
      expect(await runs.list(undefined, 10)).toEqual({ rows: [], next: undefined });
      expect(await runs.active()).toEqual([]);
      expect(await runs.highestSequence("support")).toBe(0);
    });

    test.each(["", "support", "support-0", "support-007", "Support-1", "a/b-1", "'-1"])(
      "there is no run called '%s'",
      async (id) => {
        expect(await runs.find(id)).toBeUndefined();
      },
    );

    test("of inserts at the same moment exactly one wins", async () => {
      const inserts = Array.from({ length: 8 }, async (_, caller) =>
        runs.insert(row("raced", 1, { requests: [`${caller}`] })),
      );

      const before = await Promise.all(inserts);

      const stored = await runs.find("raced-1");
      expect(before.filter((one) => one === undefined)).toHaveLength(1);
      expect(before.find((one) => one !== undefined)).toEqual(stored?.row);
    });

    test("keeps every field of a run that ended", async () => {
      const full = row("fields", 7, {
        phase: "Failed",
        progress: { stage: "training", percent: 12.5, loss: 0.25 },
        endedAt: AT,
        phases: [
          { phase: "Collecting", at: AT },
          { phase: "Failed", at: AT },
        ],
        failure: { code: "DATASET_INVALID", message: "2 lines", details: ["a line 1", "a line 2"] },
        note: "ünïcode 🦊",
        version: 3,
        digest: "sha256:00",
        datasetSha256: "00",
        rows: 3_000_000_000,
        gpuSeconds: 3_600.5,
        servingGapSeconds: 0,
        answers: Array.from({ length: 50 }, () => ({
          question: "How?",
          before: "x".repeat(1_000),
          expected: ["az aks"],
          passedBefore: false,
        })),
        leftBehind: ["workspace rf-fields-7"],
        cancelRequestedAt: AT,
        cancelRequestedBy: "someone",
      });
      await runs.insert(full);

      expect((await runs.find("fields-7"))?.row).toEqual(full);
    });

    test("update() goes through on the version that was read, once", async () => {
      await runs.insert(row("updated", 1));
      const read = await runs.find("updated-1");

      const tuning = row("updated", 1, { phase: "Tuning" });
      expect(await runs.update(tuning, read?.etag ?? "")).toBe(true);
      expect(await runs.update(row("updated", 1), read?.etag ?? "")).toBe(false);
      expect((await runs.find("updated-1"))?.row).toEqual(tuning);
    });

    test("update() does not bring back a row", async () => {
      await runs.insert(row("present", 1));
      const read = await runs.find("present-1");

      expect(await runs.update(row("absent", 1), read?.etag ?? "")).toBe(false);
      expect(await runs.find("absent-1")).toBeUndefined();
    });

    test("of updates at the same moment exactly one goes through", async () => {
      await runs.insert(row("contended", 1));
      const read = await runs.find("contended-1");

      const updates = Array.from({ length: 8 }, async (_, caller) =>
        runs.update(row("contended", 1, { note: `${caller}` }), read?.etag ?? ""),
      );

      expect((await Promise.all(updates)).filter(Boolean)).toHaveLength(1);
    });

    test("list() pages through 600 runs, newest first", async () => {
      const numbers = Array.from({ length: 600 }, (_, index) => index + 1);
      await inBatches(numbers, async (number) => runs.insert(row("paged", number)));

      const pages = await walk(async (next) => runs.list("paged", 200, next));

      expect(pages.map((page) => page.length)).toEqual([200, 200, 200]);
      expect(pages.flat().map((one) => one.sequence)).toEqual(numbers.toReversed());
      expect(await runs.highestSequence("paged")).toBe(600);
    });

    test("list() of all pipelines is newest first within each, and loses nothing", async () => {
      for (const pipeline of ["all-b", "all-a", "all-a-1"]) {
        for (const sequence of [1, 2, 10]) await runs.insert(row(pipeline, sequence));
      }

      const pages = await walk(async (next) => runs.list(undefined, 4, next));

      const ids = pages.flat().map((one) => one.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => id.startsWith("all-"))).toEqual([
        "all-a-10",
        "all-a-2",
        "all-a-1",
        "all-a-1-10",
        "all-a-1-2",
        "all-a-1-1",
        "all-b-10",
        "all-b-2",
        "all-b-1",
      ]);
    });

    test("active() gives the runs that have not ended, as they are now", async () => {
      await runs.insert(row("active", 1));
      await runs.insert(row("active", 2, { phase: "Succeeded" }));
      await runs.insert(row("active", 3, { phase: "Verifying" }));
      const read = await runs.find("active-3");
      await runs.update(row("active", 3, { phase: "RolledBack" }), read?.etag ?? "");

      const active = await runs.active();

      expect(active.map((one) => one.id).filter((id) => id.startsWith("active-"))).toEqual([
        "active-1",
      ]);
    });

    test("highestSequence() is of one pipeline", async () => {
      await runs.insert(row("high", 9));
      await runs.insert(row("high", 10));
      await runs.insert(row("high-other", 99));

      expect(await runs.highestSequence("high")).toBe(10);
    });
  });
}

function row(pipeline: string, sequence: number, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    id: `${pipeline}-${sequence}`,
    pipeline,
    sequence,
    generation: 1,
    requests: ["0000000000000001"],
    phase: "Collecting",
    createdAt: AT,
    updatedAt: AT,
    phases: [{ phase: "Collecting", at: AT }],
    leftBehind: [],
    ...changes,
  };
}
