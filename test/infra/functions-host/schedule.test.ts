import { describe, expect, test } from "vitest";

import { parseSchedule } from "../../../infra/local/functions-host/triggers/ncrontab.ts";

describe("parseSchedule", () => {
  test.each([
    ["0 */5 * * * *", "2030-01-01T00:00:00Z", "2030-01-01T00:05:00.000Z"],
    ["*/10 * * * * *", "2030-01-01T00:00:55.500Z", "2030-01-01T00:01:00.000Z"],
    ["0 0 3 * * 1", "2030-01-01T00:00:00Z", "2030-01-07T03:00:00.000Z"],
    ["0 0 3 * * mon-fri", "2030-01-05T00:00:00Z", "2030-01-07T03:00:00.000Z"],
    ["0 30 9 1,15 jan *", "2030-01-01T09:30:00Z", "2030-01-15T09:30:00.000Z"],
    ["0 0 0 29 2 *", "2030-01-01T00:00:00Z", "2032-02-29T00:00:00.000Z"],
    ["0 0 0 13 * 5", "2030-01-01T00:00:00Z", "2030-09-13T00:00:00.000Z"],
    ["5-20/5 59 23 31 12 *", "2030-12-31T23:59:16Z", "2030-12-31T23:59:20.000Z"],
    ["0 0 12 * * 7", "2030-01-01T00:00:00Z", "2030-01-06T12:00:00.000Z"],
    ["10/20 * * * * *", "2030-01-01T00:00:31Z", "2030-01-01T00:00:50.000Z"],
    ["*/15 * * * *", "2030-01-01T00:01:00Z", "2030-01-01T00:15:00.000Z"],
    ["00:00:30", "2030-01-01T00:00:00Z", "2030-01-01T00:00:30.000Z"],
    ["1.00:00:00", "2030-01-01T00:00:00Z", "2030-01-02T00:00:00.000Z"],
  ])("%s after %s is %s", (schedule, after, expected) => {
    expect(parseSchedule(schedule).next(new Date(after))?.toISOString()).toBe(expected);
  });

  test("a day that no calendar has never comes", () => {
    expect(parseSchedule("0 0 0 31 2 *").next(new Date("2030-01-01T00:00:00Z"))).toBeUndefined();
  });

  test.each([
    ["", /needs 6 fields/],
    ["* * * *", /needs 6 fields/],
    ["60 * * * * *", /'60' is no second \(0 to 59\)/],
    ["0 0 24 * * *", /'24' is no hour/],
    ["0 0 0 0 * *", /'0' is no day/],
    ["0 0 0 * foo *", /'foo' is no month/],
    ["0 */0 * * * *", /'\*\/0' is no minute/],
    ["0 5-1 * * * *", /'5-1' is no minute/],
    ["0 1,,2 * * * *", /'' is no minute/],
    ["0 *-5 * * * *", /'\*-5' is no minute/],
    ["00:00:00", /needs 6 fields/],
  ])("'%s' is refused", (schedule, message) => {
    expect(() => parseSchedule(schedule)).toThrow(message);
  });
});
