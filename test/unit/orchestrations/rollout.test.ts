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

  test("of the first version has nothing to go back to", async () => {
    const result = await run({
      startRollout: () => ok({ action: "created", workspace: "support-blue" }),
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
