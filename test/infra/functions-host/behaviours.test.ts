import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { faultsOf, readBehaviours, testNames } from "./support/behaviour-table.ts";

const HERE = import.meta.dirname;
const TABLE = path.resolve(HERE, "../../../infra/local/functions-host/BEHAVIOURS.md");

function readTests(): Map<string, string[]> {
  const files = readdirSync(HERE).filter((file) => file.endsWith(".test.ts"));
  return new Map(
    files.map((file) => [file, testNames(readFileSync(path.join(HERE, file), "utf8"))]),
  );
}

describe("the table of behaviours", () => {
  test("has for each row a test that there is, or a reason why not", () => {
    const behaviours = readBehaviours(readFileSync(TABLE, "utf8"));
    const tests = readTests();

    const faults = behaviours.flatMap((behaviour) => faultsOf(behaviour, tests));

    expect(faults).toEqual([]);
    expect(behaviours.length).toBeGreaterThan(250);
  });

  test("has no behaviour twice in one section", () => {
    const sections = readFileSync(TABLE, "utf8").split(/^##+ /m);

    const twice = sections.flatMap((section) => {
      const texts = readBehaviours(section).map(({ text }) => text);
      return texts.filter((text, index) => texts.indexOf(text) !== index);
    });

    expect(twice).toEqual([]);
  });
});

describe("a row", () => {
  const tests = new Map([
    ["a.test.ts", ["group > works", "other > works", "group > fails", "alone"]],
  ]);

  test.each([
    ["`a.test.ts`: fails", []],
    ["`a.test.ts`: alone", []],
    ["`a.test.ts`: group > works<br>`a.test.ts`: alone", []],
    ["not offered: nobody asks for it", []],
    ["not offered:", ["it: neither a test nor a reason"]],
    ["", ["it: neither a test nor a reason"]],
    ["it works", ["it: neither a test nor a reason"]],
    ["`b.test.ts`: works", ["it: there is no b.test.ts"]],
    ["`a.test.ts`: works", ["it: a.test.ts has 2 tests named 'works'"]],
    ["`a.test.ts`: ail", ["it: a.test.ts has 0 tests named 'ail'"]],
    ["`a.test.ts`: alone<br>`a.test.ts`: no", ["it: a.test.ts has 0 tests named 'no'"]],
  ])("with '%s' has the faults %j", (proof, faults) => {
    expect(faultsOf({ text: "it", proof }, tests)).toEqual(faults);
  });

  test("is read whole, whatever the width of its cells", () => {
    const table = "| behaviour | test |\n| --- | ----- |\n| A `b` c   | `x`: y   |\n| d |\n";

    expect(readBehaviours(table)).toEqual([
      { text: "A `b` c", proof: "`x`: y" },
      { text: "| d |", proof: "" },
    ]);
  });
});

describe("the tests of a file", () => {
  test("have the names of their groups, and those of tables as they are written", () => {
    const source = [
      'test("first", () => {});',
      'describe.concurrent("outer", () => {',
      '  test("says \\"no\\"", async () => {});',
      '  describe("inner", () => {',
      '    test.each([["a", 1]])("takes %s", (_, b) => {});',
      "    test.each([",
      '      ["b"],',
      "    ])(",
      '      "a long one",',
      "      async (b) => {},",
      "    );",
      "  });",
      '  test("last", { timeout: 1 }, () => {});',
      "});",
      'describe("after", () => {',
      '  test("it", async ({ onTestFinished }) => {});',
      "});",
    ].join("\n");

    expect(testNames(source)).toEqual([
      "first",
      'outer > says "no"',
      "outer > inner > takes %s",
      "outer > inner > a long one",
      "outer > last",
      "after > it",
    ]);
  });

  test("are only those that run", () => {
    const source = 'test.skip("a", () => {});\ntest.todo("b", () => {});\ntest("c", () => {});\n';

    expect(testNames(source)).toEqual(["c"]);
  });
});
