import { describe, expect, test } from "vitest";

import { failed, ok } from "../../support/run-orchestration.ts";
import { endOf, run } from "./pipeline-run.ts";

describe("a rollout", () => {
  test("that crashes puts the old version back and quarantines the new one", async () => {
    let waits = 0;
    const result = await run({
      awaitServing: () => (++waits === 1 ? failed("ROLLOUT_FAILED", "crash loop") : ok("settled")),
    });

    expect(result.steps).toContain("quarantineVersion");
    expect(result.steps).not.toContain("recordRelease");
    expect(rollouts(result)).toEqual([
      { run: "support-7", version: 2 },
      { run: "support-7", version: 1 },
    ]);
    expect(endOf(result)).toMatchObject({
      phase: "RolledBack",
      failure: { code: "ROLLOUT_FAILED", message: "crash loop" },
    });
  });

  test("that answers wrongly goes back too", async () => {
    const result = await run({
      verifyServing: () => failed("ROLLOUT_FAILED", "not listed", ["a"]),
    });

    expect(endOf(result)).toMatchObject({ phase: "RolledBack", failure: { details: ["a"] } });
  });

  test("that gets no node goes back without a quarantine", async () => {
    let waits = 0;
    const result = await run({
      awaitServing: () => (++waits === 1 ? failed("CAPACITY_UNAVAILABLE") : ok("settled")),
    });

    expect(result.steps).not.toContain("quarantineVersion");
    expect(endOf(result)).toMatchObject({ phase: "RolledBack" });
  });

  test("that is cancelled goes back and ends as Cancelled", async () => {
    let waits = 0;
    const result = await run({
      awaitServing: () => (++waits === 1 ? failed("CANCELLED") : ok("settled")),
    });

    expect(rollouts(result).at(-1)).toEqual({ run: "support-7", version: 1 });
    expect(endOf(result)).toMatchObject({ phase: "Cancelled" });
  });

  test("restores under an instance of its own, which no cancel stops", async () => {
    const result = await run({ awaitServing: () => failed("ROLLOUT_TIMEOUT", "late") });
    const waits = result.commands.filter(
      (c) => c.kind === "orchestration" && c.name === "awaitServing",
    );

    expect(waits).toMatchObject([
      { instanceId: "serve-support-7", input: { heedsCancel: true, oldHash: "h1" } },
      { instanceId: "restore-support-7", input: { heedsCancel: false } },
    ]);
    expect(waits[1]).toMatchObject({ input: expect.not.objectContaining({ oldHash: "h1" }) });
    expect(endOf(result)).toMatchObject({ phase: "Failed", failure: { code: "ROLLOUT_TIMEOUT" } });
  });

  test("that may have begun before the cluster went out of reach goes back", async () => {
    let starts = 0;
    const result = await run({
      startRollout: () =>
        ++starts === 1 ? failed("CLUSTER_UNAVAILABLE") : ok({ action: "changed" }),
    });

    expect(rollouts(result).at(-1)).toEqual({ run: "support-7", version: 1 });
    expect(endOf(result)).toMatchObject({
      phase: "RolledBack",
      failure: { code: "CLUSTER_UNAVAILABLE" },
    });
  });

  test.each(["startRollout", "awaitServing"])(
    "leaves alone what somebody else changed, as %s has seen",
    async (step) => {
      const result = await run({ [step]: () => failed("WORKSPACE_CHANGED", "not ours") });

      expect(rollouts(result)).toEqual([{ run: "support-7", version: 2 }]);
      expect(endOf(result)).toMatchObject({
        phase: "Failed",
        failure: { code: "WORKSPACE_CHANGED" },
        leftBehind: [],
      });
    },
  );

  test("of the version that serves already has nothing else to go back to", async () => {
    const result = await run({
      askBefore: () => ok({ asked: 1, workspace: "support-blue", version: 2 }),
      awaitServing: () => failed("ROLLOUT_TIMEOUT", "late"),
    });

    expect(rollouts(result)).toHaveLength(1);
    expect(endOf(result)).toMatchObject({ phase: "Failed", leftBehind: [] });
  });

  test("of the first version has nothing to go back to", async () => {
    const result = await run({
      askBefore: () => ok({ asked: 0, workspace: "support-blue" }),
      startRollout: () => ok({ action: "created" }),
      awaitServing: () => failed("ROLLOUT_FAILED", "crash loop"),
    });

    expect(rollouts(result)).toHaveLength(1);
    expect(endOf(result)).toMatchObject({
      phase: "Failed",
      failure: { code: "ROLLOUT_FAILED" },
      leftBehind: [expect.stringContaining("Workspace support-blue")],
    });
  });

  function rollouts({ commands }: Awaited<ReturnType<typeof run>>): unknown[] {
    return commands.flatMap((c) =>
      c.kind !== "timer" && c.name === "startRollout" ? [c.input] : [],
    );
  }
});
