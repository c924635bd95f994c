import { expect, test } from "vitest";
import { LineCounter, parseDocument } from "yaml";

import { Places } from "../../../../shared/domain/pipeline/places.ts";

function placesIn(yaml: string): Places {
  const lines = new LineCounter();
  return new Places(parseDocument(yaml, { lineCounter: lines }), lines);
}

const YAML = `a: 1
b:
  c: [x, { d: y }]
`;

test.each([
  [["a"], { line: 1, column: 4 }],
  [["b", "c"], { line: 3, column: 6 }],
  [["b", "c", 1, "d"], { line: 3, column: 15 }],
])("the value at %j stands at %j", (path, place) => {
  expect(placesIn(YAML).of(path)).toEqual(place);
});

test.each([
  [["b", "e"], { line: 3, column: 3 }],
  [["b", "c", 2, "e"], { line: 3, column: 6 }],
  [["nowhere"], { line: 1, column: 1 }],
])("what is missing at %j is looked for at %j", (path, place) => {
  expect(placesIn(YAML).of(path)).toEqual(place);
  expect(placesIn(YAML).ofKey(path)).toEqual(place);
});

test("a key stands before its value, also when it has none", () => {
  const places = placesIn(`${YAML}e:\n`);

  expect(places.ofKey(["b", "c"])).toEqual({ line: 3, column: 3 });
  expect(places.ofKey(["e"])).toEqual({ line: 4, column: 1 });
});
