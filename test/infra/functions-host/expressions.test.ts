import { describe, expect, test } from "vitest";

import {
  bindingDataOf,
  withFields,
} from "../../../infra/local/functions-host/triggers/binding-data.ts";
import {
  captureOf,
  evaluate,
  literalStart,
  parseTemplate,
} from "../../../infra/local/functions-host/triggers/binding-expressions.ts";
import {
  parseBlobPattern,
  pathOfUrl,
  resolveBlobPath,
} from "../../../infra/local/functions-host/triggers/blob-path.ts";
import { seededIds } from "../../../infra/local/functions-host/ids.ts";
import { formatDate } from "../../../infra/local/functions-host/triggers/dotnet-date-format.ts";
import type { AppFunction } from "../../../infra/local/functions-host/app/function-lookup.ts";
import type { Clock } from "../../../infra/local/program/clock/clock.ts";

const clock: Clock = {
  now: () => Date.parse("2030-02-03T04:05:06.789Z"),
  at: () => () => undefined,
  hold: () => () => undefined,
};

const fn: AppFunction = {
  id: "send",
  name: "Send",
  metadata: { name: "Send", bindings: {} },
  callback: () => undefined,
  triggerName: "message",
  triggerType: "queuetrigger",
  trigger: { type: "queueTrigger", direction: "in" },
};

function write(text: string, message: unknown): string {
  const json = JSON.stringify(message);
  const triggerMetadata = withFields(
    { QueueTrigger: { string: json }, Id: { string: "m-1" } },
    json,
  );
  const world = { clock, ids: seededIds(1) };
  const data = bindingDataOf(fn, { data: { string: json }, triggerMetadata }, world);
  return evaluate(parseTemplate(text, "the test"), data);
}

describe("a template", () => {
  test.each([
    ["no expression", {}, "no expression"],
    ["{{{id}}}", {}, "{m-1}"],
    ["{id}", { ID: "own" }, "own"],
    ["{QUEUETRIGGER}", 5, "5"],
    ["{queueTrigger}", { a: 1 }, '{"a":1}'],
    ["{queueTrigger.a}", { a: 1 }, "1"],
    ["{user.Name.first}", { user: { name: { First: "Ada" } } }, "Ada"],
    ["{user.tags}", { user: { tags: true } }, "True"],
    ["{count}/{ratio}", { count: 7, ratio: 0.5 }, "7/0.5"],
    ["{code}", { code: "007" }, "007"],
    ["{empty}!", { empty: "" }, "!"],
    ["{DateTime}", {}, "2030-02-03T04-05-06Z"],
    ["{datetime:yyyy/MM/dd}", {}, "2030/02/03"],
    ["{sys.utcnow:HH'h'}", {}, "04h"],
    ["{sys.methodname}", {}, "Send"],
    ["{DateTime}", { dateTime: "the message's" }, "the message's"],
  ])("%s of %j is %s", (text, message, expected) => {
    expect(write(text, message)).toBe(expected);
  });

  test.each([
    ["{rand-guid}", /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
    ["{rand-guid:N}", /^[0-9a-f]{32}$/],
    ["{sys.randguid:B}", /^\{[0-9a-f-]{36}\}$/],
    ["{rand-guid:p}", /^\([0-9a-f-]{36}\)$/],
  ])("%s is a GUID in that form", (text, pattern) => {
    expect(write(text, {})).toMatch(pattern);
  });

  test.each([
    ["{nobody}", {}, "No value for named parameter 'nobody'."],
    ["{user.name}", { user: {} }, "Error while accessing 'name': property doesn't exist."],
    ["{user.name}", { user: "Ada" }, "Error while accessing 'name': property doesn't exist."],
    ["{user}", { user: {} }, "The value of '{user}' is an object, and cannot be part of a text."],
    ["{user.name}", { user: { name: null } }, "The value of '{user.name}' is null"],
    ["{list}", { list: [1] }, "The value of '{list}' is an object"],
    ["{rand-guid:X}", {}, "'X' is no format of a GUID"],
    ["{DateTime:yyyyy}", {}, "'yyyyy' in the date format 'yyyyy' is not known."],
    ["{__proto__.x}", {}, "No value for named parameter '__proto__'."],
    ["{constructor}", {}, "No value for named parameter 'constructor'."],
  ])("%s of %j fails", (text, message, reason) => {
    expect(() => write(text, message)).toThrow(reason);
  });

  test.each([
    ["a{b", "has a brace '{' without its counterpart"],
    ["a}b", "has a brace '}' without its counterpart"],
    ["a{}b", "'{}' in 'a{}b' is no expression"],
    ["{a b}", "'{a b}' in '{a b}' is no expression"],
    ["{a..b}", "is no expression"],
  ])("%s is refused", (text, reason) => {
    expect(() => parseTemplate(text, "The path")).toThrow(reason);
  });
});

describe("a date format", () => {
  const date = new Date("2030-02-03T16:05:06.789Z");

  test.each([
    ["yyyy-MM-ddTHH:mm:ssZ", "2030-02-03T16:05:06Z"],
    ["yy.M.d H:m:s", "30.2.3 16:5:6"],
    ["dddd, d MMMM yyyy", "Sunday, 3 February 2030"],
    ["ddd MMM hh:mm tt", "Sun Feb 04:05 PM"],
    ["ss.fff", "06.789"],
    ["o", "2030-02-03T16:05:06.7890000Z"],
    [String.raw`yyyy\yMM'm'`, "2030y02m"],
  ])("%s is %s", (format, expected) => {
    expect(formatDate(date, format)).toBe(expected);
  });
});

describe("a blob pattern", () => {
  test.each([
    ["inbox/{name}", "a/b.txt", { name: "a/b.txt" }],
    ["inbox/{name}.{ext}", "a.b.txt", { name: "a.b", ext: "txt" }],
    ["inbox/{date}/{name}", "2030/01/x", { date: "2030/01", name: "x" }],
    ["inbox/a+b/{name}.txt", "a+b/x.txt", { name: "x" }],
    ["inbox/{name}.txt", "x.TXT", undefined],
    ["inbox/{name}.txt", "x.txt.old", undefined],
    ["inbox/fixed.txt", "fixed.txt", {}],
    ["inbox/fixed.txt", "fixed-txt", undefined],
    ["inbox", "anything/at.all", {}],
    ["inbox/{{{name}}}", "{x}", { name: "x" }],
    ["inbox/{name}", "two\nlines", { name: "two\nlines" }],
    ["inbox/{a}{b}", "xy", { a: "xy", b: "" }],
    ["inbox/{a}-{b}-{c}", "1-2-3-4", { a: "1-2", b: "3", c: "4" }],
    ["inbox/x{a}x", "xx", { a: "" }],
    ["inbox/x{a}x", "x", undefined],
    ["inbox/ab{a}b", "ab", undefined],
    ["inbox/a-{a}-{b}-z", "a-z", undefined],
    ["inbox/a-{a}-{b}-z", "a---z", { a: "", b: "" }],
  ])("%s takes %j as %j", (path, name, expected) => {
    const pattern = parseBlobPattern(path, "the test");

    expect(pattern.container).toBe("inbox");
    expect(pattern.capture(name)).toEqual(expected);
  });

  test("begins with what comes before its first expression", () => {
    expect(parseBlobPattern("inbox/a/b-{name}", "the test").prefix).toBe("a/b-");
    expect(literalStart(parseTemplate("{name}", "the test"))).toBe("");
  });

  test.each([
    ["/x", "It must be 'container/blob'"],
    ["inbox/", "It must be 'container/blob'"],
    ["{inbox}/x", "cannot have expressions"],
    ["inbox/{a.b}", "'{a.b}' cannot capture"],
    ["inbox/{a}/{a}", "'{a}' occurs twice"],
  ])("%s is refused", (path, reason) => {
    expect(() => parseBlobPattern(path, "The path")).toThrow(reason);
  });

  test("does not hang on a name that almost fits many times", () => {
    const capture = captureOf(parseTemplate("{a}-{b}-{c}.txt", "the test"), "the test");

    expect(capture("-".repeat(100_000))).toBeUndefined();
  });
});

describe("a blob's address", () => {
  const AZURE = "https://account.blob.core.windows.net";
  const EMULATOR = "http://127.0.0.1:10000/devstoreaccount1";

  test.each([
    [`${AZURE}/inbox/a%20b/c.txt`, AZURE, { container: "inbox", blob: "a b/c.txt" }],
    [`${AZURE}/inbox/c.txt?sv=2024`, AZURE, { container: "inbox", blob: "c.txt" }],
    [`${EMULATOR}/inbox/c.txt`, EMULATOR, { container: "inbox", blob: "c.txt" }],
    [`${AZURE}/inbox`, AZURE, undefined],
    [`${AZURE}/inbox/a%2F..%2F..%2Fother%2Fx`, AZURE, undefined],
    [`${AZURE}/inbox/%ff`, AZURE, undefined],
    ["no address", AZURE, undefined],
  ])("%s under %s is %j", (text, account, expected) => {
    expect(pathOfUrl(text, account)).toEqual(expected);
  });

  test.each([
    "inbox",
    "inbox/",
    "",
    "inbox/a/../../other/x",
    "../inbox/x",
    String.raw`inbox/a\..\x`,
  ])("'%s' is no path to write to", (text) => {
    const template = parseTemplate("{id}", "the test");

    expect(() => resolveBlobPath(template, () => text, AZURE)).toThrow("is no path of a blob");
  });
});
