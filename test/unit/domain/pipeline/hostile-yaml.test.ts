import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { documentWith, parse, problemsIn } from "./documents.ts";

describe("hostile YAML", () => {
  test.each([
    [
      "a second document",
      `${documentWith()}---\n${documentWith()}`,
      7,
      "one document for each file",
    ],
    [
      "a key twice",
      documentWith({ kind: "Pipeline\nkind: Pipeline" }),
      3,
      "Map keys must be unique",
    ],
    ["a tab", "metadata:\n\tname: support\n", 2, "Tabs are not allowed as indentation"],
    ["a key that is a number", documentWith({ 7: "x" }), 1, "a key must be a plain word"],
    ["a key that is a list", documentWith({ "? [a]\n": "b" }), 7, "a key must be a plain word"],
    ["a key that is nothing", "{ : x }", 1, "a key must be a plain word"],
    [
      "an alias",
      documentWith({ overlap: "&a queue\nserving: *a" }),
      8,
      "aliases are not supported",
    ],
    ["a merge", "a: &a { b: c }\nd: { <<: *a }\n", 2, "aliases are not supported"],
    ["a tag", documentWith({ overlap: "!!python/object:os.system queue" }), 7, "Unresolved tag"],
    ["an open quote", documentWith({ overlap: '"queue' }), 8, "Missing closing"],
  ])("is refused with its line: %s", (_, yaml, line, message) => {
    const [problem] = problemsIn(yaml);

    expect(problem).toMatchObject({ kind: "syntax", path: "", line });
    expect(problem?.message).toContain(message);
  });

  test("is not expanded: an alias bomb", () => {
    const bomb = Array.from({ length: 40 }, (_, index) =>
      index === 0 ? "a0: &a0 [x, x]" : `a${index}: &a${index} [*a${index - 1}, *a${index - 1}]`,
    );

    expect(problemsIn(bomb.join("\n"))).toHaveLength(78);
  });

  test.each([
    ["more than 256 KB", `# ${"x".repeat(256 * 1024)}`, 1, "support.yaml is larger than 256 KB"],
    ["brackets", "[".repeat(200_000), 1, "support.yaml is nested more than 20 deep"],
    ["braces", `overlap:\n${"{a: ".repeat(60_000)}`, 2, "support.yaml is nested more than 20 deep"],
    ["dashes", "- ".repeat(100_000), 1, "support.yaml is nested more than 20 deep"],
    ["question marks", "? ".repeat(100_000), 1, "support.yaml is nested more than 20 deep"],
    [
      "keys",
      Array.from({ length: 40_000 }, (_, index) => `${index.toString(36)}:`).join("\n"),
      5000,
      "support.yaml is far too much for one pipeline",
    ],
  ])("is refused before it is parsed: too many %s", (_, yaml, line, message) => {
    expect(problemsIn(yaml)).toEqual([{ kind: "syntax", path: "", line, column: 1, message }]);
  });

  test("does not count brackets that are closed again, nor dashes of other lines", () => {
    const questions = Array.from(
      { length: 50 },
      () => "\n  - { ask: Why?, expect: { contains: [so] } }",
    );

    expect(problemsIn(documentWith({ evaluation: `\n  questions:${questions.join("")}` }))).toEqual(
      [],
    );
  });

  test("gets at most 100 problems", () => {
    const keys = Array.from({ length: 300 }, (_, index) => `extra${index}: 1`).join("\n");

    expect(problemsIn(documentWith({ overlap: `forbid\n${keys}` }))).toHaveLength(100);
  });

  test("cannot reach an object's prototype", () => {
    const problems = problemsIn(documentWith({ __proto__x: "1", constructor: "{ prototype: x }" }));
    const proto = problemsIn(`${documentWith()}__proto__: { overlap: forbid }\n`);

    expect(problems.map(({ kind, path }) => [kind, path])).toEqual([
      ["unknown-key", "__proto__x"],
      ["unknown-key", "constructor"],
    ]);
    expect(proto.map(({ kind, path }) => [kind, path])).toEqual([["unknown-key", "__proto__"]]);
  });

  test("never makes the parser throw, whatever the text", () => {
    const fragment = fc.constantFrom(
      ...Array.from("{}[]:,-?&*!|>'\"%@`#~\n\t 0a\\\u0000\uFEFF"),
      "name: ",
      "tuning",
      "- ",
      "\n  ",
      "--- ",
      "<<: ",
    );
    const text = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(""));

    fc.assert(
      fc.property(text, (yaml) => {
        const parsed = parse(yaml);
        expect(parsed.ok ? [] : parsed.problems.map(({ line }) => line >= 1)).not.toContain(false);
      }),
      { numRuns: 1000 },
    );
  });

  test("points at a line of the document, whichever lines are damaged", () => {
    const lines = documentWith().trimEnd().split("\n");

    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.string(), (index, damage) => {
        const yaml = lines.with(index, damage).join("\n");
        const last = yaml.split("\n").length;
        const outside = problemsIn(yaml).filter(
          ({ line, column }) => line > last + 1 || column < 1,
        );
        expect(outside).toEqual([]);
      }),
    );
  });
});
