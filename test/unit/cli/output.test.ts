import { describe, expect, test } from "vitest";

import { createOutput, facts, table } from "../../../cli/output.ts";
import { Page } from "./support/rollforward.ts";

describe("createOutput", () => {
  test("facts go to standard output, words to standard error", () => {
    const [out, err] = [new Page(), new Page()];
    const output = createOutput({ json: false, out, err, env: {} });

    output.note("a word");
    output.progress("half");
    output.result({ a: 1 }, "a is 1");

    expect(out.text).toBe("a is 1\n");
    expect(err.text).toBe("a word\n");
  });

  test("--json prints the document in one line, and no bars on a terminal", () => {
    const [out, err] = [new Page({ isTTY: true }), new Page({ isTTY: true })];
    const output = createOutput({ json: true, out, err, env: {} });

    output.progress("half");
    output.result({ a: "1\n2" }, "");

    expect(out.text).toBe('{"a":"1\\n2"}\n');
    expect(err.text).toBe("");
  });

  test("progress on a terminal is written over, and gone before the result", () => {
    const [out, err] = [new Page(), new Page({ isTTY: true })];
    const output = createOutput({ json: false, out, err, env: {} });

    output.progress("x".repeat(200));
    output.result({}, "done");

    expect(err.text).toBe(`\r\u001B[2K${"x".repeat(79)}\r\u001B[2K`);
    expect(out.text).toBe("done\n");
  });

  test.each([{ NO_COLOR: "1" }, { TERM: "dumb" }])("%j gives plain lines", (env) => {
    const [out, err] = [new Page(), new Page({ isTTY: true })];
    const output = createOutput({ json: false, out, err, env });

    output.progress("half");
    output.note("a word");

    expect(output.live).toBe(false);
    expect(err.text).toBe("a word\n");
  });

  test("what others named does not steer the terminal", () => {
    const [out, err] = [new Page(), new Page()];
    const output = createOutput({ json: false, out, err, env: {} });

    output.result({}, "a\u001B]0;title\u0007\u009B2Jb\r\n\tc");

    expect(out.text).toBe("a\uFFFD]0;title\uFFFD\uFFFD2Jb\uFFFD\n\tc\n");
  });
});

test("table() has aligned columns without borders, one line for each row", () => {
  const text = table(
    ["NAME", "WHY"],
    [
      ["support", "two\nlines"],
      ["a", ""],
    ],
  );

  expect(text).toBe("NAME     WHY\nsupport  two lines\na");
});

test("facts() leaves out what is not known", () => {
  const text = facts([
    ["run", "support-7"],
    ["version", undefined],
    ["why", "x"],
  ]);

  expect(text).toBe("run  support-7\nwhy  x");
});
