import { describe, expect, test } from "vitest";

import { awaitTuning } from "../../../orchestrations/await-tuning.ts";
import { failed, ok, runOrchestration, START } from "../../support/run-orchestration.ts";
import { limits, MINUTE_MS, wait } from "./waits.ts";

const workspace = { createdAt: "2026-01-01T00:00:00Z", deleting: false, conditions: [] };
const job = {
  createdAt: "2026-01-01T00:00:00Z",
  deleting: false,
  complete: false,
  active: 1,
  failedPods: 0,
};
const running = {
  name: "rf-support-7-x",
  phase: "Running",
  createdAt: "2026-01-01T00:00:00Z",
  deleting: false,
  nodeName: "gpu-1",
  containers: [{ name: "rf-support-7", init: false, state: "running", restartCount: 0 }],
};

const training = { observation: { workspace, job, pod: running }, cancelRequested: false };
const done = {
  observation: { workspace, job: { ...job, complete: true } },
  cancelRequested: false,
};
const noNode = { observation: { workspace }, cancelRequested: false };
const unreachable = { unreachable: "connection refused", cancelRequested: false };

/** Answers one look after the other; the last one again and again. */
function looks(...seen: unknown[]) {
  let next = 0;
  return { lookAtTuning: () => ok(seen[Math.min(next++, seen.length - 1)]) };
}

describe("awaitTuning", () => {
  test("looks until the Job is complete", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks(training, training, done),
    });

    expect(run.output).toEqual({ ok: true, value: "settled" });
    expect(run.steps).toHaveLength(3);
    expect(run.elapsedMs).toBe(20_000);
  });

  test("goes on in a new generation after 20 looks, with its deadline unchanged", async () => {
    const run = await runOrchestration(awaitTuning, { input: wait, answers: looks(training) });

    expect(run.steps).toHaveLength(20);
    expect(run.continuedAsNew).toMatchObject({ startedAt: START, deadlineAt: wait.deadlineAt });
  });

  test("looks less often as it grows old", async () => {
    const input = { ...wait, startedAt: START - 20 * MINUTE_MS };
    const run = await runOrchestration(awaitTuning, { input, answers: looks(training, done) });

    expect(run.elapsedMs).toBe(120_000);
  });

  test("looks at once when it is woken, and leaves no timer open", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks(training, done),
      wakes: [0],
    });

    expect(run.elapsedMs).toBe(0);
    expect(run.cancelledTimers).toBe(1);
  });

  test("stops when somebody asked for it", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks({ ...training, cancelRequested: true }),
    });

    expect(run.output).toMatchObject({ ok: false, failure: { code: "CANCELLED" } });
  });

  test("stops when somebody asked for it while the cluster is out of reach", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks({ ...unreachable, cancelRequested: true }),
    });

    expect(run.output).toMatchObject({ ok: false, failure: { code: "CANCELLED" } });
  });

  test("stops at its deadline, whatever the cluster says", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: { ...wait, deadlineAt: START + 15_000 },
      answers: looks(training),
    });

    expect(run.output).toEqual({
      ok: false,
      failure: { code: "TUNING_TIMEOUT", message: "too late" },
    });
    expect(run.steps).toHaveLength(3);
  });

  test("rides out a cluster that does not answer for a while", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks(unreachable, unreachable, unreachable, done),
    });

    expect(run.output).toEqual({ ok: true, value: "settled" });
  });

  test("gives up on a cluster that does not answer for too long", async () => {
    const run = await runOrchestration(awaitTuning, { input: wait, answers: looks(unreachable) });

    expect(run.output).toEqual({
      ok: false,
      failure: { code: "CLUSTER_UNAVAILABLE", message: "connection refused" },
    });
  });

  test("forgets an outage that has passed", async () => {
    const outage = Array.from({ length: 6 }, () => unreachable);
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks(...outage, training, unreachable, unreachable, unreachable, done),
    });

    expect(run.output).toEqual({ ok: true, value: "settled" });
  });

  test("an answer without words is unreachable too", async () => {
    const input = { ...wait, unreachableSince: START - 10 * MINUTE_MS };
    const run = await runOrchestration(awaitTuning, {
      input,
      answers: looks({ cancelRequested: false }),
    });

    expect(run.output).toMatchObject({ failure: { code: "CLUSTER_UNAVAILABLE", message: "" } });
  });

  test("waits for a GPU node for a while, and then says what KAITO says", async () => {
    const run = await runOrchestration(awaitTuning, { input: wait, answers: looks(noNode) });

    expect(run.output).toMatchObject({
      failure: { code: "CAPACITY_UNAVAILABLE", message: "no GPU node came" },
    });
    expect(run.elapsedMs).toBeGreaterThanOrEqual(limits.capacityTimeoutMs);
  });

  test("fails at once on what no waiting can cure", async () => {
    const crashed = {
      ...running,
      containers: [
        { name: "rf-support-7", init: false, state: "terminated", exitCode: 1, restartCount: 0 },
      ],
    };
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: looks({ observation: { workspace, job, pod: crashed }, cancelRequested: false }),
    });

    expect(run.output).toMatchObject({ failure: { code: "TRAINING_CRASHED" } });
    expect(run.elapsedMs).toBe(0);
  });

  test("renews the registry credentials of a long tuning, once in 45 minutes", async () => {
    const asked: boolean[] = [];
    const input = { ...wait, credentialsRenewedAt: START - 45 * MINUTE_MS };
    await runOrchestration(awaitTuning, {
      input,
      answers: {
        lookAtTuning: ({ renewCredentials }: { renewCredentials: boolean }) => {
          asked.push(renewCredentials);
          return ok(asked.length < 3 ? training : done);
        },
      },
    });

    expect(asked).toEqual([true, false, false]);
  });

  test("settles as a value when looking itself is refused", async () => {
    const run = await runOrchestration(awaitTuning, {
      input: wait,
      answers: { lookAtTuning: () => failed("PERMISSION_DENIED", "no get") },
    });

    expect(run.output).toMatchObject({ ok: false, failure: { code: "PERMISSION_DENIED" } });
  });
});
