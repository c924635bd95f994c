import { isDate } from "node:util/types";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { systemClock } from "../../../infra/local/program/clock/clock.ts";
import { installDate } from "../../../infra/local/program/clock/install-date.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";

const START = Date.parse("2031-05-01T00:00:00.000Z");

describe("an installed Date", () => {
  const RealDate = Date;
  const before = new Date(0);
  let clock: VirtualClock;
  let uninstall: () => void;

  beforeEach(() => {
    clock = new VirtualClock(START);
    uninstall = installDate(clock);
  });

  afterEach(() => {
    uninstall();
    clock.stop();
  });

  test("tells the clock's time in all three ways", async () => {
    await clock.advance(1000);

    expect(Date.now()).toBe(START + 1000);
    expect(new Date().toISOString()).toBe("2031-05-01T00:00:01.000Z");
    expect(Date()).toBe(new Date(START + 1000).toString());
  });

  test.each([
    ["a number", () => new Date(5), 5],
    ["a text", () => new Date("2020-01-01T00:00:00Z"), 1_577_836_800_000],
    ["parts", () => new Date(Date.UTC(2020, 0, 1)), 1_577_836_800_000],
    ["a date", () => new Date(new Date(7)), 7],
    ["undefined", () => new Date(undefined as never), Number.NaN],
  ])("makes a date of %s as ever", (_title, make, expected) => {
    const date = make();

    expect(date.getTime()).toBe(expected);
  });

  test("is what old and new dates are instances of", () => {
    const made = new Date();

    expect(before).toBeInstanceOf(Date);
    expect(made).toBeInstanceOf(RealDate);
    expect([made.constructor === Date, before.constructor === Date]).toEqual([true, true]);
  });

  test("makes dates that Node, JSON and structured clones know", () => {
    const made = new Date();

    const copy = structuredClone({ made });

    expect(isDate(made)).toBe(true);
    expect(isDate(copy.made)).toBe(true);
    expect(copy.made.getTime()).toBe(START);
    expect(JSON.stringify({ made })).toBe('{"made":"2031-05-01T00:00:00.000Z"}');
  });

  test("can be extended", () => {
    class Birthday extends Date {
      get isToday(): boolean {
        return this.getTime() === Date.now();
      }
    }

    const birthday = new Birthday();

    expect(birthday).toBeInstanceOf(Birthday);
    expect(birthday.isToday).toBe(true);
  });

  test("leaves the system's clock alone", () => {
    const real = RealDate.now();

    const told = systemClock.now();

    expect(told - real).toBeLessThan(60_000);
  });

  test("goes without a trace", () => {
    uninstall();

    expect(Date).toBe(RealDate);
    expect(new Date(0).constructor).toBe(RealDate);
    expect(Date.now()).toBeLessThan(START);
  });
});
