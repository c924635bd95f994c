import { setImmediate } from "node:timers/promises";

import { beforeEach, describe, expect, test } from "vitest";

import { TimerLab } from "./support/timer-lab.ts";

const HOUR_MS = 3_600_000;

let lab: TimerLab;

beforeEach(() => {
  lab = new TimerLab();
});

describe("a timer under a virtual clock", () => {
  test("runs when its time passes, and does not make time pass", async () => {
    const timer = lab.createTimer("0 0 * * * *");
    timer.start();

    await lab.clock.advance(1);
    expect(lab.runs).toEqual([]);
    await lab.clock.advance(3 * HOUR_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["01:00:00", "02:00:00", "03:00:00"]);
    expect(new Date(lab.clock.now()).toISOString()).toBe("2030-01-01T03:30:00.001Z");
  });

  test("knows when it ran last and when it was to run now, as the runtime's monitor", async () => {
    const timer = lab.createTimer("0 0 * * * *");
    timer.start();

    await lab.clock.advance(2 * HOUR_MS);
    await timer.stop();

    expect(lab.runs.map((run) => run.timer)).toEqual([
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: "0001-01-01T00:00:00+00:00",
          Next: "2030-01-01T01:00:00.000+00:00",
          LastUpdated: "0001-01-01T00:00:00+00:00",
        },
        IsPastDue: false,
      },
      {
        Schedule: { AdjustForDST: true },
        ScheduleStatus: {
          Last: "2030-01-01T01:00:00.000+00:00",
          Next: "2030-01-01T02:00:00.000+00:00",
          LastUpdated: "2030-01-01T01:00:00.000+00:00",
        },
        IsPastDue: false,
      },
    ]);
    expect(lab.statuses.of("tick")).toEqual({
      last: new Date("2030-01-01T02:00:00Z"),
      next: new Date("2030-01-01T03:00:00Z"),
      lastUpdated: new Date("2030-01-01T02:00:00Z"),
    });
  });

  test.each([
    ["runs more often than each minute", "*/30 * * * * *", {}],
    ["is not to be monitored", "0 0 * * * *", { useMonitor: false }],
  ])("has no status if it %s", async (_, schedule, binding) => {
    const timer = lab.createTimer(schedule, { binding });
    timer.start();

    await lab.clock.advance(HOUR_MS);
    await timer.stop();

    expect(lab.runs[0]?.timer["ScheduleStatus"]).toBeNull();
    expect(lab.statuses.of("tick")).toBeUndefined();
  });

  test("never overlaps itself", async () => {
    const ends: (() => void)[] = [];
    const timer = lab.createTimer("0 0 * * * *", {
      run: () => new Promise<void>((resolve) => ends.push(resolve)),
    });
    timer.start();

    const passing = lab.clock.advance(3 * HOUR_MS);
    while (ends.length < 1) await setImmediate();
    expect(lab.times()).toEqual(["01:00:00"]);
    ends[0]?.();
    while (ends.length < 2) await setImmediate();
    expect(lab.times()).toEqual(["01:00:00", "02:00:00"]);
    ends[1]?.();
    while (ends.length < 3) await setImmediate();
    ends[2]?.();
    await passing;
    await timer.stop();

    expect(lab.times()).toEqual(["01:00:00", "02:00:00", "03:00:00"]);
  });

  test("waits for its retries by the clock, and they make time pass", async () => {
    let failures = 2;
    const timer = lab.createTimer("0 0 * * * *", {
      retryOptions: {
        retryStrategy: "exponentialBackoff",
        maxRetryCount: 3,
        minimumInterval: { seconds: 60 },
        maximumInterval: { seconds: 90 },
      },
      run: () => {
        if (failures === 0) return;
        failures -= 1;
        throw new Error("not yet");
      },
    });
    timer.start();

    await lab.clock.advance(HOUR_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["01:00:00", "01:01:00", "01:02:30"]);
  });

  test("runs once more at once if its next times passed during a run", async () => {
    let hasFailed = false;
    const timer = lab.createTimer("0 0 * * * *", {
      retryOptions: {
        retryStrategy: "fixedDelay",
        maxRetryCount: 1,
        delayInterval: { seconds: 9000 },
      },
      run: () => {
        if (hasFailed) return;
        hasFailed = true;
        throw new Error("once");
      },
    });
    timer.start();

    await lab.clock.advance(4 * HOUR_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["01:00:00", "03:30:00", "03:30:00", "04:00:00"]);
  });

  test("goes on after a run that failed, and says why", async () => {
    const timer = lab.createTimer("0 0 * * * *", {
      run: () => {
        throw new Error("out of luck");
      },
    });
    timer.start();

    await lab.clock.advance(2 * HOUR_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["01:00:00", "02:00:00"]);
    const told = lab.lines.filter(({ message }) => message.includes("out of luck"));
    expect(told).toMatchObject([
      { level: "error", category: "Function.tick" },
      { level: "error", category: "Function.tick" },
    ]);
  });

  test("runs by the clocks of its time zone", async () => {
    const timer = lab.createTimer("0 0 9 * * *", { env: { WEBSITE_TIME_ZONE: "Europe/Berlin" } });
    timer.start();

    await lab.clock.advance(24 * HOUR_MS);
    await timer.stop();

    expect(lab.times()).toEqual(["08:00:00"]);
    expect(lab.runs[0]?.timer).toMatchObject({
      ScheduleStatus: { Next: "2030-01-01T09:00:00.000+01:00" },
    });
  });

  test("stops in the middle of a wait for a retry", async () => {
    const timer = lab.createTimer("0 0 * * * *", {
      binding: { runOnStartup: true },
      retryOptions: { retryStrategy: "fixedDelay", delayInterval: { seconds: 60 } },
      run: () => {
        throw new Error("never");
      },
    });
    const release = lab.clock.hold();
    timer.start();
    while (lab.runs.length === 0) await setImmediate();

    await timer.stop();
    release();

    expect(lab.times()).toEqual(["00:30:00"]);
  });
});

describe("a timer that begins", () => {
  const LAST = new Date("2029-12-31T22:00:00Z");

  test.each([
    ["a run was missed", LAST, "2029-12-31T23:00:00Z", {}, ["00:30:00"], true],
    [
      "none was missed",
      new Date("2030-01-01T00:00:00Z"),
      "2030-01-01T01:00:00Z",
      {},
      [],
      undefined,
    ],
    ["the schedule was another one then", LAST, "2029-12-31T22:30:00Z", {}, [], undefined],
    ["it has never run", undefined, "2029-12-31T23:00:00Z", {}, [], undefined],
    [
      "it is to run at the start",
      undefined,
      undefined,
      { runOnStartup: true },
      ["00:30:00"],
      false,
    ],
    [
      "a run was missed that nobody monitors",
      LAST,
      "2029-12-31T23:00:00Z",
      { useMonitor: false },
      [],
      undefined,
    ],
  ])("when %s", async (_, last, next, binding, expected, isPastDue) => {
    if (next) lab.statuses.set("tick", { last, next: new Date(next), lastUpdated: LAST });
    const timer = lab.createTimer("0 0 * * * *", { binding });
    timer.start();

    await lab.clock.advance(1);
    await timer.stop();

    expect(lab.times()).toEqual(expected);
    expect(lab.runs[0]?.timer["IsPastDue"]).toBe(isPastDue);
  });
});
