import { describe, expect, test } from "vitest";

import { WorkQueue } from "../../../infra/local/cluster/controllers/work-queue.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";

function startQueue(reconcile: (key: string) => void = () => undefined) {
  const clock = new VirtualClock(0);
  const runs: string[] = [];
  const lines: string[] = [];
  const queue = new WorkQueue({
    clock,
    latencyMs: 5,
    log: (line) => lines.push(line),
    reconcile(key) {
      runs.push(`${key}@${clock.now()}`);
      reconcile(key);
    },
  });
  return { clock, queue, runs, lines };
}

const BACKGROUND = { isBackground: true };

describe("a work queue", () => {
  test("runs a key once, at the earliest time asked for", async () => {
    const { clock, queue, runs } = startQueue();
    queue.add("a", 50);
    queue.add("a", 20);
    queue.add("a", 90);
    queue.add("b");

    await clock.advance(100);

    expect(runs).toEqual(["b@5", "a@20"]);
  });

  test("does not let time go on for a look that waits for others", async () => {
    const { clock, queue, runs } = startQueue();
    queue.add("a", 50, BACKGROUND);

    await clock.advance(10);
    const alone = [...runs];
    await clock.advance(50);

    expect(alone).toEqual([]);
    expect(runs).toEqual(["a@50"]);
  });

  test.each([
    ["after", 20, 50],
    ["before", 50, 20],
  ])(
    "goes on for a key that waits for others, and %s that for time",
    async (_title, one, other) => {
      const { clock, queue, runs } = startQueue();
      const done = new Promise<void>((resolve) => {
        clock.at(1000, resolve, BACKGROUND);
      });
      queue.add("a", one, BACKGROUND);

      queue.add("a", other);
      await clock.advance(0);
      clock.at(1000, () => undefined);
      await done;

      expect(runs).toEqual(["a@20"]);
    },
  );

  test("tries again what fails, later each time, and says so once", async () => {
    let left = 3;
    const { clock, queue, runs, lines } = startQueue(() => {
      left -= 1;
      if (left > 0) throw new Error("not yet");
    });
    queue.add("a");

    await clock.advance(1000);

    expect(runs).toEqual(["a@5", "a@25", "a@65"]);
    expect(lines).toEqual(["reconciling a: not yet"]);
  });

  test("does not let time go on for what fails for ever", async () => {
    const { clock, queue } = startQueue(() => {
      throw new Error("never");
    });
    queue.add("a");

    await clock.advance(5000);
    const after = clock.status().own;

    expect(after.foreground).toBeUndefined();
    expect(after.background).toBeGreaterThan(5000);
  });

  test("runs nothing after its stop", async () => {
    const { clock, queue, runs } = startQueue();
    queue.add("a");

    queue.stop();
    queue.add("b");
    await clock.advance(100);

    expect(runs).toEqual([]);
  });
});
