import { beforeEach, describe, expect, test } from "vitest";

import { TimerLab } from "./support/timer-lab.ts";

const MINUTE_MS = 60_000;

let lab: TimerLab;

beforeEach(() => {
  lab = new TimerLab();
});

/** Runs at once, and fails the first times. */
async function runFailing(failures: number, maxRetryCount: number): Promise<string[]> {
  let left = failures;
  const timer = lab.createTimer("0 0 0 1 1 *", {
    binding: { runOnStartup: true },
    retryOptions: {
      retryStrategy: "fixedDelay",
      maxRetryCount,
      delayInterval: { seconds: 60 },
    },
    run: () => {
      left -= 1;
      if (left >= 0) throw new Error("not yet");
    },
  });
  timer.start();
  await lab.clock.advance(30 * MINUTE_MS);
  await timer.stop();
  return lab.times();
}

describe("a retry policy", () => {
  test("of -1 has no end", async () => {
    const times = await runFailing(20, -1);

    expect(times).toHaveLength(21);
    expect(times.at(-1)).toBe("00:50:00");
  });

  test("of n runs a function once and n times more", async () => {
    expect(await runFailing(99, 2)).toEqual(["00:30:00", "00:31:00", "00:32:00"]);
  });

  test("of 0 runs it once", async () => {
    expect(await runFailing(99, 0)).toEqual(["00:30:00"]);
  });
});

describe("a schedule", () => {
  test("may be a setting", async () => {
    const timer = lab.createTimer("%SCHEDULE%", { env: { SCHEDULE: "0 */10 * * * *" } });
    timer.start();
    await lab.clock.advance(30 * MINUTE_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["00:40:00", "00:50:00", "01:00:00"]);
  });

  test("is refused if its setting is missing, by name", () => {
    expect(() => lab.createTimer("%SCHEDULE%", { env: {} })).toThrow(/SCHEDULE/);
  });
});
