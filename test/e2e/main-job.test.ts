import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { routes } from "../../shared/contracts/http-api.ts";
import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { type Lab, startLab, until } from "./support/lab.ts";

describe.concurrent("a dataset that is dropped", () => {
  let lab: Lab;

  beforeAll(async () => {
    // Each event comes twice, in no order: Event Grid promises no more than that.
    lab = await startLab({ eventGrid: { disorder: { duplicates: 1, shuffle: true } } });
  });

  afterAll(async () => {
    await lab.stop();
  });

  test("is tuned on and served; better data replace it in place, with the answers side by side", async () => {
    await lab.apply("words");
    const first = await lab.train("words", "a.jsonl", dataAbout("apple"));
    await expectOneOfEach(lab, first, { pipeline: "words", version: 1, word: "apple" });

    const second = await lab.train("words", "b.jsonl", dataAbout("banana"));

    await expectOneOfEach(lab, second, { pipeline: "words", version: 2, word: "banana" });
    expect(first.answers).toMatchObject([
      { before: expect.stringContaining("have not been tuned"), passedBefore: false },
    ]);
    expect(first.answers).toMatchObject([{ after: expect.stringContaining("The word is apple.") }]);
    expect(second.answers).toMatchObject([
      {
        question: "What is the word?",
        before: expect.stringContaining("The word is apple."),
        after: expect.stringContaining("The word is banana."),
        passedBefore: true,
        passedAfter: true,
      },
    ]);
    expect(first.servingGapSeconds).toBeUndefined();
    expect(second.servingGapSeconds).toBeGreaterThanOrEqual(0);
    expect(await lab.cluster.selected("words")).toBe("words-blue");
  });

  test("says of each version which blobs made it, and the registry says the same", async () => {
    await lab.apply("lineage");
    const etag = await lab.drop("lineage", "a.jsonl", dataAbout("apple"));
    const { id, run = "" } = await lab.request("lineage", etag);
    await lab.ended(run);

    const version = await lab.api.call(routes.getVersion, {
      params: { pipeline: "lineage", version: "1" },
    });

    expect(version).toMatchObject({
      state: "active",
      rank: 8,
      lineage: {
        run: "lineage-1",
        requests: [id],
        generation: 1,
        rows: 3,
        model: "phi-4-mini-instruct",
        blobs: [{ container: "datasets", name: "lineage/a.jsonl", etag, rows: 3 }],
      },
    });
  });

  test("a second time with the same content makes no version, and says why", async () => {
    await lab.apply("same");
    const first = await lab.train("same", "a.jsonl", dataAbout("apple"));
    const again = await lab.train("same", "a.jsonl", dataAbout("apple"));

    expect(first.version).toBe(1);
    expect(again).toMatchObject({ phase: "Succeeded", note: expect.stringContaining("v1") });
    expect(again.version).toBeUndefined();
    expect(lab.cluster.created.filter((name) => name.startsWith("rf-same-"))).toEqual([
      "rf-same-1",
    ]);
  });

  test("counts once, however often its event comes", async () => {
    await lab.apply("once");
    await lab.train("once", "a.jsonl", dataAbout("apple"));

    const { requests } = await lab.api.call(routes.listRequests, { query: { pipeline: "once" } });
    const { runs } = await lab.api.call(routes.listRuns, { query: { pipeline: "once" } });
    expect(requests).toHaveLength(1);
    expect(requests).toMatchObject([{ state: "done", run: "once-1" }]);
    expect(runs).toHaveLength(1);
  });

  test("while a run is under way waits for its turn, and each gets one run", async () => {
    await lab.apply("queue");
    const words = ["apple", "banana", "cherry"];
    const etags = await Promise.all(
      words.map((word) => lab.drop("queue", `${word}.jsonl`, dataAbout(word))),
    );
    const requests = await Promise.all(etags.map((etag) => lab.request("queue", etag)));
    const ended = await Promise.all(requests.map(({ run = "" }) => lab.ended(run)));

    expect(ended.map(({ id }) => id).toSorted()).toEqual(["queue-1", "queue-2", "queue-3"]);
    expect(ended.map(({ phase }) => phase)).toEqual(["Succeeded", "Succeeded", "Succeeded"]);
    const byTime = ended.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
    const overlapping = byTime.filter((run, index) => {
      const before = byTime[index - 1];
      return before !== undefined && run.createdAt < (before.endedAt ?? "never");
    });
    expect(overlapping).toEqual([]);
  });

  test("in a format that is not supported is refused by name", async () => {
    await lab.apply("format");
    const etag = await lab.drop("format", "a.parquet", "PAR1");
    const request = await lab.request("format", etag);

    expect(request).toMatchObject({
      state: "refused",
      code: "UNSUPPORTED",
      message: expect.stringContaining(".parquet"),
    });
    expect(request.run).toBeUndefined();
  });

  test("is left alone when somebody cancels: nothing stays behind, and what served serves", async () => {
    await lab.apply("cancel");
    await lab.train("cancel", "a.jsonl", dataAbout("apple"));
    await lab.cluster.addFaults({
      workspace: "rf-cancel-2",
      fault: "training-takes",
      seconds: 600,
    });
    const etag = await lab.drop("cancel", "b.jsonl", dataAbout("banana"));
    const { run = "" } = await lab.request("cancel", etag);
    await until("training", async () => {
      const { progress } = await lab.api.call(routes.getRun, { params: { run } });
      return progress?.stage === "training" || undefined;
    });

    await lab.api.call(routes.cancelRun, { params: { run }, body: { by: "a person" } });
    const ended = await lab.ended(run);

    expect(ended).toMatchObject({
      phase: "Cancelled",
      failure: { code: "CANCELLED" },
      cancelRequestedBy: "a person",
      leftBehind: [],
    });
    expect(await lab.cluster.tuningObjects("cancel")).toEqual([]);
    expect(await lab.ask("cancel")).toContain("The word is apple.");
  });
});
