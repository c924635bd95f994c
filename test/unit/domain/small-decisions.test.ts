import { createHash } from "node:crypto";

import { describe, expect, test } from "vitest";

import { readBlobCreated } from "../../../shared/domain/blob-created.ts";
import { carry } from "../../../shared/domain/concern.ts";
import { pairAnswers } from "../../../shared/domain/evaluation.ts";
import { intervalAfter } from "../../../shared/domain/polling.ts";
import { recipeHash } from "../../../shared/domain/recipe.ts";
import { uploadRequestId } from "../../../shared/domain/request-id.ts";
import { endFor } from "../../../shared/domain/run-end.ts";
import { hasEnded, parseRunId, pipelineOf, runId } from "../../../shared/domain/run.ts";
import { trainingProgress } from "../../../shared/domain/training-progress.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const MINUTE_MS = 60_000;

describe("readBlobCreated", () => {
  const event = {
    specversion: "1.0",
    id: "e1",
    type: "Microsoft.Storage.BlobCreated",
    subject: "/blobServices/default/containers/datasets/blobs/support/a b/ü.jsonl",
    time: "2026-01-01T00:00:00.1234567Z",
    data: { api: "PutBlob", eTag: "0x8D", contentLength: 12, blobType: "BlockBlob" },
  };

  test("reads container, blob and ETag", () => {
    expect(readBlobCreated(event)).toEqual({
      ok: true,
      event: {
        container: "datasets",
        blob: "support/a b/ü.jsonl",
        etag: "0x8D",
        size: 12,
        time: "2026-01-01T00:00:00.1234567Z",
      },
    });
  });

  test.each([
    ["text", "hello", "message"],
    ["nothing", undefined, "message"],
    ["another event", { ...event, type: "Microsoft.Storage.BlobDeleted" }, "type"],
    ["a subject of something else", { ...event, subject: "/queues/x" }, "subject"],
    ["no ETag", { ...event, data: { ...event.data, eTag: "" } }, "data.eTag"],
  ])("says what is wrong with %s", (_, message, place) => {
    const read = readBlobCreated(message);

    expect(read).toMatchObject({ ok: false });
    expect(read.ok ? "" : read.reason).toContain(`${place}: `);
  });
});

describe("uploadRequestId", () => {
  const event = { pipeline: "support", container: "datasets", blob: "a.jsonl", etag: "0x8D" };

  test("is the same for the ETag of a header and of an event", () => {
    const header = uploadRequestId({ ...event, etag: '"0x8D"' }, sha256);

    expect(uploadRequestId(event, sha256)).toBe(header);
    expect(header).toMatch(/^[0-9a-f]{16}$/);
  });

  test("differs for another version, blob or pipeline", () => {
    const ids = [
      event,
      { ...event, etag: "0x8E" },
      { ...event, blob: "b.jsonl" },
      { ...event, pipeline: "sales" },
    ].map((given) => uploadRequestId(given, sha256));

    expect(new Set(ids).size).toBe(4);
  });
});

describe("recipeHash", () => {
  const recipe = { model: "phi-4", method: "lora", datasetSha256: "a", trainingConfigSha256: "b" };

  test("changes with each ingredient", () => {
    const hashes = [
      recipe,
      { ...recipe, model: "phi-4-mini-instruct" },
      { ...recipe, method: "qlora" },
      { ...recipe, datasetSha256: "c" },
      { ...recipe, trainingConfigSha256: "c" },
    ].map((given) => recipeHash(given, sha256));

    expect(new Set(hashes).size).toBe(5);
  });
});

describe("run ids", () => {
  test("go there and back", () => {
    expect(runId("my-team", 12)).toBe("my-team-12");
    expect(parseRunId("my-team-12")).toEqual({ pipeline: "my-team", sequence: 12 });
    expect(pipelineOf("my-team-12")).toBe("my-team");
  });

  test.each(["support", "support-0", "support-", "-1", "Support-1", "support-1/x", "a.b-1"])(
    "'%s' is not one",
    (id) => {
      expect(parseRunId(id)).toBeUndefined();
      expect(() => pipelineOf(id)).toThrow(RangeError);
    },
  );

  test("only an end is an end", () => {
    expect(hasEnded("RolledBack")).toBe(true);
    expect(hasEnded("Verifying")).toBe(false);
  });
});

describe("endFor", () => {
  test.each`
    code                     | restored | phase
    ${"TRAINING_CRASHED"}    | ${false} | ${"Failed"}
    ${"ROLLOUT_FAILED"}      | ${true}  | ${"RolledBack"}
    ${"ROLLOUT_FAILED"}      | ${false} | ${"Failed"}
    ${"CANCELLED"}           | ${true}  | ${"Cancelled"}
    ${"SUPERSEDED"}          | ${false} | ${"Superseded"}
    ${"EVALUATION_REJECTED"} | ${false} | ${"Rejected"}
  `("$code (restored: $restored) ends as $phase", ({ code, restored, phase }) => {
    expect(endFor({ code, message: "" }, Boolean(restored)).phase).toBe(phase);
  });
});

describe("intervalAfter", () => {
  test.each`
    minutes | ms
    ${0}    | ${10_000}
    ${1}    | ${30_000}
    ${10}   | ${120_000}
    ${60}   | ${300_000}
    ${600}  | ${300_000}
  `("is $ms ms after $minutes minutes", ({ minutes, ms }) => {
    expect(intervalAfter(Number(minutes) * MINUTE_MS, 10_000)).toBe(ms);
  });
});

describe("carry", () => {
  const seen = { code: "IMAGE_PULL_FAILED", message: "m" } as const;

  test("a concern keeps its beginning while it lasts", () => {
    const first = carry(undefined, seen, 1);

    expect(first).toEqual({ ...seen, since: 1 });
    expect(carry(first, seen, 5)?.since).toBe(1);
  });

  test("another concern, or a good look, begins anew", () => {
    const before = { ...seen, since: 1 };

    expect(carry(before, { code: "CAPACITY_UNAVAILABLE", message: "" }, 5)?.since).toBe(5);
    expect(carry(before, undefined, 5)).toBeUndefined();
  });
});

describe("trainingProgress", () => {
  test("reads the last bar and the last loss", () => {
    const log =
      " 10%|#  | 3/30 [00:01]\r 50%|## | 15/30 [00:05]\n{'loss': 1.5, 'epoch': 1}\n{'loss': '0.25'}\n";

    expect(trainingProgress(log)).toEqual({ percent: 50, loss: 0.25 });
  });

  test.each(["", "Model Loaded\n", "0/0 [00:00]"])("says nothing of '%s'", (log) => {
    expect(trainingProgress(log)).toEqual({});
  });
});

describe("pairAnswers", () => {
  test("puts old and new side by side and says which has what was expected", () => {
    const questions = [{ ask: "How?", contains: ["az aks", "scale"] }];

    expect(pairAnswers(questions, ["No idea"], ["Use AZ AKS nodepool Scale"])).toEqual([
      {
        question: "How?",
        expected: ["az aks", "scale"],
        before: "No idea",
        passedBefore: false,
        after: "Use AZ AKS nodepool Scale",
        passedAfter: true,
      },
    ]);
  });

  test("leaves out what could not be asked", () => {
    expect(pairAnswers([{ ask: "How?", contains: [] }], [undefined], [])).toEqual([
      { question: "How?", expected: [] },
    ]);
  });
});
