import { describe, expect, test } from "vitest";

import { awaitServing } from "../../../orchestrations/await-serving.ts";
import { ok, runOrchestration, START } from "../../support/run-orchestration.ts";
import { limits, MINUTE_MS, wait } from "./waits.ts";

describe("awaitServing", () => {
  const image = "registry/adapters/support@sha256:2";
  const input = { ...wait, version: 2, oldHash: "h1", heedsCancel: true };
  const live = {
    workspace: {
      resourceVersion: "1",
      hash: "h2",
      revision: "2",
      adapters: [{ name: "support", image }],
      conditions: [
        { type: "InferenceReady", status: "True" },
        { type: "ResourceReady", status: "True" },
      ],
      state: "Ready",
    },
    statefulSet: {
      revision: "2",
      generation: 2,
      observedGeneration: 2,
      replicas: 1,
      readyReplicas: 1,
      updatedReplicas: 1,
      pulls: [image],
    },
    pods: [],
  };
  const notYet = { ...live, workspace: { ...live.workspace, hash: "h1" } };

  function serving(...seen: unknown[]) {
    let next = 0;
    return { lookAtServing: () => ok(seen[Math.min(next++, seen.length - 1)]) };
  }

  test("looks until the recipe holds", async () => {
    const run = await runOrchestration(awaitServing, {
      input,
      answers: serving(
        { observation: notYet, image, cancelRequested: false },
        { unreachable: "503", image, cancelRequested: false },
        { observation: live, image, cancelRequested: false },
      ),
    });

    expect(run.output).toEqual({ ok: true, value: "settled" });
    expect(run.steps).toHaveLength(3);
  });

  test("stops when somebody asked for it", async () => {
    const run = await runOrchestration(awaitServing, {
      input,
      answers: serving({ observation: notYet, image, cancelRequested: true }),
    });

    expect(run.output).toMatchObject({ failure: { code: "CANCELLED" } });
  });

  test("does not stop a restore when somebody asked for it", async () => {
    const run = await runOrchestration(awaitServing, {
      input: { ...input, heedsCancel: false },
      answers: serving(
        { observation: notYet, image, cancelRequested: true },
        { observation: live, image, cancelRequested: true },
      ),
    });

    expect(run.output).toEqual({ ok: true, value: "settled" });
  });

  test("an answer without words is unreachable too", async () => {
    const run = await runOrchestration(awaitServing, {
      input: { ...input, unreachableSince: START - 10 * MINUTE_MS },
      answers: serving({ image, cancelRequested: false }),
    });

    expect(run.output).toMatchObject({ failure: { code: "CLUSTER_UNAVAILABLE" } });
  });

  test("fails when the Workspace is gone", async () => {
    const run = await runOrchestration(awaitServing, {
      input,
      answers: serving({ observation: { pods: [] }, image, cancelRequested: false }),
    });

    expect(run.output).toMatchObject({ failure: { code: "WORKSPACE_CHANGED" } });
  });

  test.each`
    reason                | code                   | grace
    ${"CrashLoopBackOff"} | ${"ROLLOUT_FAILED"}    | ${limits.crashLoopGraceMs}
    ${"ImagePullBackOff"} | ${"IMAGE_PULL_FAILED"} | ${limits.imagePullGraceMs}
  `("a pod in $reason fails only after its grace", async ({ reason, code, grace }) => {
    const pod = {
      name: "support-blue-0",
      phase: "Running",
      createdAt: "2026-01-01T00:00:00Z",
      deleting: false,
      nodeName: "gpu-2",
      containers: [
        { name: "support-blue", init: false, state: "waiting", reason, restartCount: 2 },
      ],
    };
    const observation = {
      ...live,
      statefulSet: { ...live.statefulSet, readyReplicas: 0 },
      pods: [pod],
    };
    const run = await runOrchestration(awaitServing, {
      input,
      answers: serving({ observation, image, cancelRequested: false }),
    });

    expect(run.output).toMatchObject({ failure: { code } });
    expect(run.elapsedMs).toBeGreaterThanOrEqual(Number(grace));
  });
});
