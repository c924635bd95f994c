import { assert, oneof, property, string, stringMatching } from "fast-check";
import { expect, test } from "vitest";

import { textData } from "../../../infra/local/functions-host/app/rpc.ts";

/** As `@azure/functions` reads it (fromRpcTypedData). */
function arrived(text: string): unknown {
  const { json, string: plain = "" } = textData(text);
  return json === undefined ? parsedOrPlain(plain) : JSON.parse(json);
}

function parsedOrPlain(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

test("a text arrives as the library reads it, whichever way it goes", () => {
  const hex = stringMatching(/^[0-9a-f]{1,32}$/);
  const number = stringMatching(/^-?\d{1,5}(\.\d{1,3})?(e[+-]?\d{1,2})?$/);

  assert(
    property(oneof(string(), hex, number), (text) => {
      expect(arrived(text)).toEqual(parsedOrPlain(text));
    }),
    { numRuns: 2000 },
  );
});

test.each(["hello", "3d2f5798ea0425e8aadfd88a48abffb0", "12e", "1ex", "2030-01-01T00:00:00Z"])(
  "%s arrives as it is",
  (text) => {
    expect(arrived(text)).toBe(text);
  },
);

test.each([
  ["12", 12],
  ["1e3", 1000],
  ["1E+3", 1000],
  ["true", true],
  ["null", null],
  ['"a"', "a"],
  [" [1]", [1]],
])("%s arrives as a value", (text, value) => {
  expect(arrived(text)).toEqual(value);
});
