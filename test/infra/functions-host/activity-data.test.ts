import { describe, expect, test } from "vitest";
import { z } from "zod";

import { bindingAfter, eventsOf } from "./support/raw-orchestration.ts";
import { useHost } from "./support/use-host.ts";

const TypedData = z.object({ string: z.string().optional(), json: z.string().optional() });
type TypedData = z.infer<typeof TypedData>;

const ActivityRequest = z.object({
  inputData: z.array(z.object({ data: TypedData.nullable() })),
  triggerMetadata: z.object({
    instanceId: TypedData,
    data: TypedData.nullable(),
    input: TypedData.nullable(),
  }),
});

const { client } = useHost("raw-app");

/** As the library reads it: text is parsed if it can be. */
function arrive(data: TypedData | null): unknown {
  const text = data?.string ?? data?.json;
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch {
    return data?.string;
  }
}

/** The result that the history of an orchestration has of an activity with this input. */
async function callActivity(functionName: string, input?: unknown): Promise<unknown> {
  const binding = await bindingAfter(client, { actionType: 0, functionName, input });
  const [completed] = eventsOf(binding, 5);
  return z.looseObject({ Result: z.string().nullable() }).parse(completed).Result;
}

describe("typed data of an activity becomes", () => {
  test.each([
    ["JSON", { json: '{"a":[1]}' }, '{"a":[1]}'],
    ["null", { json: "null" }, null],
    ["text", { string: "text" }, '"text"'],
    ["text that looks like JSON", { string: "[1]" }, '"[1]"'],
    ["a whole number", { int: 7 }, "7"],
    ["nought", { int: 0 }, "0"],
    ["a fraction", { double: 1.5 }, "1.5"],
    ["bytes", { bytes: [1, 2, 255] }, '"AQL/"'],
    ["nothing", {}, null],
  ])("a result: %s", async (_, data, expected) => {
    expect(await callActivity("returns", data)).toBe(expected);
  });

  test.each([
    ["text", "text", "text"],
    ["an empty text", "", ""],
    // The library would have made it JSON once more, so that it arrives as it was.
    ["text that is JSON", "[1]", [1]],
    ["text that looks like a number", "12", 12],
    ["text that looks like a number for a while", "12x", "12x"],
    ["a number", 7.5, 7.5],
    ["true", true, "True"],
    ["false", false, "False"],
    ["an object", { a: [1] }, { a: [1] }],
    ["null", null, null],
    ["nothing", undefined, null],
    ["a date", "2026-11-25T08:00:00.123+02:00", "2026-11-25T08:00:00.123+02:00"],
  ])("an input: %s", async (_, input, expected) => {
    const result = await callActivity("request-of", input);
    const { inputData, triggerMetadata } = ActivityRequest.parse(JSON.parse(String(result)));

    expect(inputData.map(({ data }) => arrive(data))).toEqual([expected]);
    expect(arrive(triggerMetadata.data)).toEqual(expected);
    expect(arrive(triggerMetadata.input)).toEqual(expected);
    expect(arrive(triggerMetadata.instanceId)).toMatch(/^[0-9a-f]{32}$/);
  });
});
