import { describe, expect, test } from "vitest";

import { parseSchedule } from "../../../infra/local/functions-host/triggers/ncrontab.ts";
import {
  timeZoneOf,
  toLocalText,
  UTC,
} from "../../../infra/local/functions-host/triggers/time-zone.ts";

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
    ["0 0 12 * * 0", "2030-01-01T00:00:00Z", "2030-01-06T12:00:00.000Z"],
    ["0 0 12 * * Sunday", "2030-01-01T00:00:00Z", "2030-01-06T12:00:00.000Z"],
    ["0 0 12 * * f", "2030-01-01T00:00:00Z", "2030-01-04T12:00:00.000Z"],
    ["0 0 0 1 ma *", "2030-01-01T00:00:00Z", "2030-03-01T00:00:00.000Z"],
    ["0 0 12 * * fri-mon", "2030-01-05T00:00:00Z", "2030-01-07T12:00:00.000Z"],
    ["*/0 * * * * *", "2030-01-01T00:00:00Z", "2030-01-01T00:00:01.000Z"],
    ["0 0 0 1 */6,8 *", "2030-07-01T00:00:00Z", "2030-08-01T00:00:00.000Z"],
    ["10/20 * * * * *", "2030-01-01T00:00:31Z", "2030-01-01T00:00:50.000Z"],
    ["*/15 * * * *", "2030-01-01T00:01:00Z", "2030-01-01T00:15:00.000Z"],
    ["00:00:30", "2030-01-01T00:00:00Z", "2030-01-01T00:00:30.000Z"],
    ["24:00:00", "2030-01-01T00:00:00Z", "2030-01-25T00:00:00.000Z"],
    ["25:00:00:00", "2030-01-01T00:00:00Z", "2030-01-26T00:00:00.000Z"],
    ["1.00:00:00", "2030-01-01T00:00:00Z", "2030-01-02T00:00:00.000Z"],
  ])("%s after %s is %s", (schedule, after, expected) => {
    expect(parseSchedule(schedule, UTC).next(new Date(after))?.toISOString()).toBe(expected);
  });

  test("a day that no calendar has never comes", () => {
    expect(
      parseSchedule("0 0 0 31 2 *", UTC).next(new Date("2030-01-01T00:00:00Z")),
    ).toBeUndefined();
  });

  test.each([
    ["", /needs 6 fields/],
    ["* * * *", /needs 6 fields/],
    ["60 * * * * *", /'60' is no second \(0 to 59\)/],
    ["0 0 24 * * *", /'24' is no hour/],
    ["0 0 0 0 * *", /'0' is no day/],
    ["0 0 0 * foo *", /'foo' is no month/],
    ["0 * * * * 7", /'7' is no day of week \(0 to 6\)/],
    ["0 * * * * monkey", /'monkey' is no day of week/],
    ["0 5-60 * * * *", /'5-60' is no minute/],
    ["0 -5 * * * *", /'-5' is no minute/],
    ["0 ? * * * *", /'\?' is no minute/],
    ["00:60:00", /needs 6 fields/],
    ["0 1,,2 * * * *", /'' is no minute/],
    ["0 *-5 * * * *", /'\*-5' is no minute/],
    ["00:00:00", /needs 6 fields/],
  ])("'%s' is refused", (schedule, message) => {
    expect(() => parseSchedule(schedule, UTC)).toThrow(message);
  });
});

describe("a schedule in a time zone", () => {
  const BERLIN = timeZoneOf({ WEBSITE_TIME_ZONE: "Europe/Berlin" });

  test.each([
    ["follows summer", "0 0 9 * * *", "2030-07-01T00:00:00Z", "2030-07-01T07:00:00.000Z"],
    ["follows winter", "0 0 9 * * *", "2030-01-01T00:00:00Z", "2030-01-01T08:00:00.000Z"],
    ["has its own days", "0 30 0 2 1 *", "2030-01-01T00:00:00Z", "2030-01-01T23:30:00.000Z"],
    [
      "takes a skipped time late",
      "0 30 2 * * *",
      "2030-03-30T12:00:00Z",
      "2030-03-31T01:30:00.000Z",
    ],
    [
      "goes on after a skipped time",
      "0 30 2 * * *",
      "2030-03-31T01:30:00Z",
      "2030-04-01T00:30:00.000Z",
    ],
    [
      "takes a time that comes twice once",
      "0 30 2 * * *",
      "2030-10-27T00:30:00Z",
      "2030-10-28T01:30:00.000Z",
    ],
    [
      "takes the first of the two",
      "0 30 2 * * *",
      "2030-10-26T12:00:00Z",
      "2030-10-27T00:30:00.000Z",
    ],
  ])("%s", (_, schedule, after, expected) => {
    expect(parseSchedule(schedule, BERLIN).next(new Date(after))?.toISOString()).toBe(expected);
  });

  test("a duration has none", () => {
    const next = parseSchedule("01:00:00", BERLIN).next(new Date("2030-03-31T00:30:00Z"));

    expect(next?.toISOString()).toBe("2030-03-31T01:30:00.000Z");
  });

  test("writes local times with their distance from UTC", () => {
    const summer = toLocalText(new Date("2030-07-01T00:00:00Z"), BERLIN);
    const west = timeZoneOf({ TZ: "America/St_Johns" });

    expect(summer).toBe("2030-07-01T02:00:00.000+02:00");
    expect(toLocalText(new Date("2030-01-01T00:00:00Z"), west)).toBe(
      "2029-12-31T20:30:00.000-03:30",
    );
  });

  test("the app's own setting goes before the system's, and what is no zone there is UTC", () => {
    const both = timeZoneOf({ WEBSITE_TIME_ZONE: "Asia/Tokyo", TZ: "Europe/Berlin" });
    const strange = timeZoneOf({ TZ: ":/etc/localtime" });

    expect(both.offsetAt(new Date("2030-01-01T00:00:00Z"))).toBe(540);
    expect(strange.offsetAt(new Date("2030-07-01T00:00:00Z"))).toBe(0);
  });

  test("a zone of another world is refused", () => {
    expect(() => timeZoneOf({ WEBSITE_TIME_ZONE: "W. Europe Standard Time" })).toThrow(
      /WEBSITE_TIME_ZONE is 'W. Europe Standard Time', which is no zone such as Europe\/Berlin/,
    );
  });
});
