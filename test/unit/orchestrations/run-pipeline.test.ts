import { describe, expect, test } from "vitest";

import { failed, ok } from "../../support/run-orchestration.ts";
import { endOf, limits, run } from "./pipeline-run.ts";

describe("runPipeline", () => {
  test("walks from the dataset to a verified release, and hands over", async () => {
    const { steps, output } = await run();

    expect(output).toEqual({ phase: "Succeeded" });
    expect(steps.filter((step) => step !== "enterPhase")).toEqual([
      "beginRun",
      "freezeDataset",
      "prepareDataset",
      "preflight",
      "startTuning",
      "awaitTuning",
      "saveTuningLog",
      "verifyAdapter",
      "claimVersion",
      "publishVersion",
      "removeTuning",
      "askBefore",
      "startRollout",
      "awaitServing",
      "verifyServing",
      "recordRelease",
      "removeTuning",
      "endRun",
      "removeTuning",
      "readSequence",
      "pipeline.finished",
    ]);
  });

  test("says its phases in their order", async () => {
    const { statuses } = await run();

    expect(statuses).toEqual(
      [
        "Preparing",
        "Preflight",
        "Tuning",
        "Registering",
        "Evaluating",
        "RollingOut",
        "Verifying",
      ].map((phase) => ({ phase })),
    );
  });

  test("waits for the tuning under an instance that can be woken, with a fixed deadline", async () => {
    const { commands } = await run();

    expect(
      commands.find((c) => c.kind === "orchestration" && c.name === "awaitTuning"),
    ).toMatchObject({
      instanceId: "tune-support-7",
      input: { run: "support-7", deadlineAt: Date.parse("2026-01-01T00:01:00Z") },
    });
  });

  test("starts the run whose turn it is when it has cleaned up", async () => {
    const start = { run: "support-8", requests: ["r8"] };
    const { commands } = await run({
      "pipeline.finished": () => ({ start }),
      startRun: () => ok(),
    });

    expect(commands.at(-1)).toMatchObject({ name: "startRun", input: start });
  });

  test("creates nothing when the data are bad, and says why", async () => {
    const answers = {
      prepareDataset: () => failed("DATASET_INVALID", "2 rows", ["a.jsonl line 3"]),
    };
    const result = await run(answers);

    expect(result.steps).not.toContain("preflight");
    expect(result.steps).not.toContain("startTuning");
    expect(endOf(result)).toMatchObject({
      phase: "Failed",
      failure: { code: "DATASET_INVALID", message: "2 rows", details: ["a.jsonl line 3"] },
      leftBehind: [],
    });
  });

  test("creates nothing when preflight is red", async () => {
    const result = await run({ preflight: () => failed("PERMISSION_DENIED") });

    expect(result.steps).not.toContain("startTuning");
    expect(endOf(result)).toMatchObject({ failure: { code: "PERMISSION_DENIED" } });
  });

  test("ends well without a Workspace when the serving version was made of the same recipe", async () => {
    const answers = { prepareDataset: () => ok({ rows: 2, datasetSha256: "d", sameAsVersion: 1 }) };
    const result = await run(answers);

    expect(result.steps).not.toContain("startTuning");
    expect(endOf(result)).toMatchObject({
      phase: "Succeeded",
      note: "Nothing new: v1, the last release, was made of the same data and settings",
    });
  });

  test("does nothing when its requests went into another run", async () => {
    const result = await run({ beginRun: () => ok({ nothingToDo: true, limits }) });

    expect(result.steps).not.toContain("freezeDataset");
    expect(endOf(result)).toMatchObject({ phase: "Superseded" });
  });

  test("ends, and hands over, when even its pipeline cannot be read", async () => {
    const result = await run({ beginRun: () => failed("PIPELINE_INVALID", "gone") });

    expect(endOf(result)).toMatchObject({ phase: "Failed", failure: { code: "PIPELINE_INVALID" } });
    expect(result.steps.at(-1)).toBe("pipeline.finished");
  });

  test("cleans up when starting the tuning half-failed", async () => {
    const answers = {
      startTuning: () => {
        throw new Error(
          "Activity function 'startTuning' failed:  CLUSTER_UNAVAILABLE: socket hang up",
        );
      },
    };
    const result = await run(answers);

    expect(result.steps.filter((step) => step === "removeTuning")).toHaveLength(2);
    expect(endOf(result)).toMatchObject({
      failure: { code: "CLUSTER_UNAVAILABLE", message: "socket hang up" },
    });
  });

  test.each`
    code                  | details
    ${"TRAINING_CRASHED"} | ${["Fine-Tuning completed"]}
    ${"OUT_OF_MEMORY"}    | ${["Fine-Tuning completed"]}
    ${"PUSH_FAILED"}      | ${["Digest: x"]}
    ${"TUNING_TIMEOUT"}   | ${undefined}
  `("a tuning that ends with $code explains itself by the log", async ({ code, details }) => {
    const result = await run({ awaitTuning: () => failed(String(code), "stopped") });

    expect(endOf(result)).toMatchObject({ phase: "Failed", failure: { code, message: "stopped" } });
    expect((endOf(result) as { failure: { details?: string[] } }).failure.details).toEqual(details);
  });

  test("does not fail for want of a log", async () => {
    const result = await run({ saveTuningLog: () => failed("INTERNAL") });

    expect(result.output).toEqual({ phase: "Succeeded" });
  });

  test("keeps what the failure already said beside the log", async () => {
    const result = await run({
      awaitTuning: () => failed("TRAINING_CRASHED", "stopped", ["exit code 1"]),
    });

    expect(endOf(result)).toMatchObject({
      failure: { details: ["exit code 1", "Fine-Tuning completed"] },
    });
  });

  test("says what could not be removed, after trying for about a quarter of an hour", async () => {
    const result = await run({ removeTuning: () => ok({ remaining: ["Node gpu-1"] }) });

    expect(endOf(result)).toMatchObject({ leftBehind: ["Node gpu-1"] });
    expect(result.steps.filter((step) => step === "removeTuning").length).toBeGreaterThan(10);
  });

  test("says what it was not allowed to remove, and ends all the same", async () => {
    const result = await run({ removeTuning: () => failed("PERMISSION_DENIED", "no delete") });

    expect(endOf(result)).toMatchObject({
      phase: "Succeeded",
      leftBehind: ["what belongs to rf-support-7 (not removed: PERMISSION_DENIED, no delete)"],
    });
  });

  test("stops between two phases when somebody asked for it", async () => {
    const result = await run({
      enterPhase: ({ phase }: { phase: string }) => ok({ cancelRequested: phase === "Tuning" }),
    });

    expect(result.steps).not.toContain("startTuning");
    expect(endOf(result)).toMatchObject({ phase: "Cancelled", failure: { code: "CANCELLED" } });
  });
});
