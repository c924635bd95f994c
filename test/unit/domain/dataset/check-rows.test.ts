import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { CHAT, checkText, ROW } from "./blobs.ts";

describe("a .jsonl file", () => {
  test.each([
    ["a row on each line", `${ROW}\n${ROW}\n`],
    ["no end of the last line", `${ROW}\n${ROW}`],
    ["the line ends of Windows", `${ROW}\r\n${ROW}\r\n`],
    ["blank lines", `\n${ROW}\n\n  \t\n${ROW}\n\n`],
    ["a byte order mark", `\uFEFF${ROW}\n${ROW}\n`],
    ["two files joined, each with a byte order mark", `\uFEFF${ROW}\n\uFEFF${ROW}\n`],
    ["spaces around the rows", `  ${ROW} \n\t${ROW}\n`],
  ])("may have %s", (_, text) => {
    expect(checkText("jsonl", text)).toEqual({ rows: [ROW, ROW], problems: [] });
  });

  test.each([
    ["nothing", "", "a.jsonl line 1: the file has no rows"],
    ["blank lines only", "\n \n", "a.jsonl line 1: the file has no rows"],
    [
      "a CSV file",
      "prompt,completion",
      "a.jsonl line 1: not JSON: a row is an object and begins with {",
    ],
    [
      "a row over several lines",
      '{\n"prompt": "a"',
      "a.jsonl line 1: not JSON: the row does not end with }; each row takes one line",
    ],
    [
      "a cut row",
      `${ROW}\n{"prompt":"a","compl`,
      "a.jsonl line 2: not JSON: the row does not end with }; each row takes one line",
    ],
    [
      "a comma too many",
      `\n\n{"prompt":"a","completion":"b",}`,
      "a.jsonl line 3: not JSON: inside the row, a quote, comma or bracket is missing or too many",
    ],
    ["an array", `[${ROW}]`, "a.jsonl line 1: the row is a list; it must be an object"],
    [
      "NUL bytes",
      "\0\0\0",
      "a.jsonl line 1: not JSON: it has NUL bytes, so it may not be a text file",
    ],
    [
      "a very long row",
      `{"prompt":"${"x".repeat(1000)}"}`,
      "a.jsonl line 1: the row is longer than 1000 bytes",
    ],
    [
      "deep nesting",
      `{"a":${"[".repeat(400)}${"]".repeat(400)}}`,
      'a.jsonl line 1: the row has "a"; a row has messages, or prompt and completion',
    ],
  ])("is told what is wrong with it: %s", (_, text, problem) => {
    expect(checkText("jsonl", text).problems.slice(0, 1)).toEqual([problem]);
  });

  test.each([
    ["Latin-1", [0x7b, 0x22, 0xe4, 0x22, 0x7d], "the row is not UTF-8"],
    ["a cut character", [0x7b, 0xe2, 0x82], "the row is not UTF-8"],
    ["a coded surrogate", [0xed, 0xa0, 0x80], "the row is not UTF-8"],
    ["UTF-16, little end first", [0xff, 0xfe, 0x7b, 0x00], "the file is UTF-16; it must be UTF-8"],
    ["UTF-16, big end first", [0xfe, 0xff, 0x00, 0x7b], "the file is UTF-16; it must be UTF-8"],
    ["one byte of nothing", [0xff], "the row is not UTF-8"],
  ])("must be UTF-8, which this is not: %s", (_, bytes, message) => {
    const { problems } = checkText("jsonl", Uint8Array.from(bytes));

    expect(problems).toEqual([`a.jsonl line 1: ${message}`]);
  });

  test("goes on behind a bad row, a long one too", () => {
    const { rows, problems } = checkText("jsonl", `${ROW}\n${"x".repeat(5000)}\n7\n${ROW}\n`);

    expect(rows).toEqual([ROW, ROW]);
    expect(problems).toEqual([
      "a.jsonl line 2: the row is longer than 1000 bytes",
      "a.jsonl line 3: the row is a number; it must be an object",
    ]);
  });
});

describe("a .json file", () => {
  test.each([
    ["an array", `[${ROW},${ROW}]`],
    ["an array over several lines", `\n[\n  ${ROW},\r\n\t${ROW}\n]\n\n`],
    ["a byte order mark before the array", `\uFEFF[${ROW},${ROW}]`],
    ["an object on each line", `${ROW}\n${ROW}\n`],
    ["blank lines before the objects", `\uFEFF\n\n${ROW}\n\n${ROW}`],
  ])("may be %s", (_, text) => {
    expect(checkText("json", text)).toEqual({ rows: [ROW, ROW], problems: [] });
  });

  test("may have brackets, commas and escaped quotes in its texts", () => {
    const row = String.raw`{"prompt":"[{,}]\"]\\","completion":"\\\"},"}`;

    expect(checkText("json", `[ ${row} , ${row} ]`)).toEqual({ rows: [row, row], problems: [] });
  });

  test.each([
    ["nothing", "", ["line 1: the file has no rows"]],
    ["an empty array", " [ ] ", ["line 1: the file has no rows"]],
    ["an empty array over lines", "[\n]\n", ["line 1: the file has no rows"]],
    ["no end", `[${ROW},\n${ROW}`, ["line 2: the array has no end: the file may be cut off"]],
    ["a trailing comma", `[${ROW},\n]`, ["line 2: a comma too many"]],
    ["two commas", `[${ROW},,${ROW}]`, ["line 1: a comma too many"]],
    ["only a comma", "[,]", ["line 1: a comma too many", "line 1: a comma too many"]],
    ["a second array", `[${ROW}]\n[${ROW}]`, ["line 2: something follows the end of the array"]],
    [
      "a missing comma",
      `[${ROW}\n${ROW}]`,
      [
        "line 1 (element 1): not JSON: inside the row, a quote, comma or bracket is missing or too many",
      ],
    ],
    [
      "a bracket too many",
      `[{"a":1}},${ROW}]`,
      [
        "line 1 (element 1): not JSON: inside the row, a quote, comma or bracket is missing or too many",
      ],
    ],
    [
      "bad elements among good ones",
      `[\n${ROW},\n\n7,\n"a",${ROW}\n]`,
      [
        "line 4 (element 2): the row is a number; it must be an object",
        "line 5 (element 3): the row is a string; it must be an object",
      ],
    ],
    [
      "a very long element",
      `[\n{"prompt":"${"x".repeat(1000)}"},${ROW}]`,
      ["line 2 (element 1): the row is longer than 1000 bytes"],
    ],
    [
      "an object around the rows",
      `{"data":[${ROW}]}`,
      ['line 1: the row has "data"; a row has messages, or prompt and completion'],
    ],
  ])("is told what is wrong with it: %s", (_, text, problems) => {
    expect(checkText("json", text).problems).toEqual(problems.map((each) => `a.json ${each}`));
  });
});

describe("a stream", () => {
  const fragment = fc.constantFrom(
    ROW,
    CHAT,
    "\n",
    "\r\n",
    ",",
    "[",
    "]",
    '{"prompt":"\\"🙂',
    '","completion":"é"}',
    " ",
    "\uFEFF",
    "7",
    "x".repeat(300),
  );
  const text = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(""));

  test("is read the same however it is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("json", "jsonl"),
        text,
        fc.integer({ min: 1, max: 40 }),
        (format, content, size) => {
          const whole = checkText(format, content, 100_000, 250);
          expect(checkText(format, content, size, 250)).toEqual(whole);
        },
      ),
      { numRuns: 500 },
    );
  });

  const row = fc.oneof(
    fc.record({ prompt: fc.string({ unit: "grapheme" }), completion: fc.string() }),
    fc.jsonValue(),
  );

  test("gives the same rows as an array and as lines", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (rows, size) => {
          const lines = rows.map((each) => JSON.stringify(each));
          const asLines = checkText("jsonl", lines.join("\n"), size);
          const asArray = checkText("json", `[${lines.join(",\n")}]`, size);
          const withoutElement = asArray.problems.map((each) =>
            each.replace("a.json ", "a.jsonl ").replace(/ \(element \d+\)/, ""),
          );
          expect(asArray.rows).toEqual(asLines.rows);
          expect(withoutElement).toEqual(asLines.problems);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("gives rows that are read as they are", () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
        const first = checkText("jsonl", rows.map((each) => JSON.stringify(each)).join("\n"));
        const again = checkText("jsonl", first.rows.join("\n"));
        expect(again.rows).toEqual(first.rows);
      }),
    );
  });
});
