import { expect, test } from "vitest";

import { closest } from "../../../../shared/domain/pipeline/closest.ts";

test.each([
  ["qLora", "qlora"],
  ["lroa", "lora"],
  ["prefx", "prefix"],
  ["prefixes", "prefix"],
  ["kontainer", "container"],
  ["conainr", "container"],
])("%s was probably meant to be %s", (word, meant) => {
  expect(closest(word, ["lora", "qlora", "prefix", "container"])).toBe(meant);
});

test.each(["", "x", "ra", "serving", "containment"])(
  "nobody knows what %j was meant to be",
  (word) => {
    expect(closest(word, ["lora", "qlora", "prefix", "container"])).toBeUndefined();
  },
);
