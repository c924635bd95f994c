import { expect, test } from "vitest";

import { ExecutionCache } from "../../../infra/local/functions-host/durable/execution-cache.ts";
import { EventType, stampAt } from "../../../infra/local/functions-host/durable/history.ts";
import { LoadedExecution } from "../../../infra/local/functions-host/durable/loaded-execution.ts";

const started = { EventType: EventType.OrchestratorStarted, ...stampAt("2030-01-01T00:00:00Z") };

function ofLength(length: number): LoadedExecution {
  return new LoadedExecution(
    "e",
    Array.from({ length }, () => started),
  );
}

test("gives a history once, and to its own execution only", () => {
  const cache = new ExecutionCache();
  cache.put("one", ofLength(3));
  cache.put("two", ofLength(1));

  expect(cache.sizeOf("one")).toBe(3);
  expect(cache.take("one", "e")?.stored).toBe(3);
  expect(cache.take("one", "e")).toBeUndefined();
  expect(cache.take("two", "another")).toBeUndefined();
  expect(cache.take("two", "e")).toBeUndefined();
});

test("keeps what it has when it is full of short histories", () => {
  const cache = new ExecutionCache();
  for (let index = 0; index < 600; index += 1) cache.put(`instance ${index}`, ofLength(1));

  expect([0, 511, 512, 599].map((index) => cache.sizeOf(`instance ${index}`))).toEqual([
    1, 1, 0, 0,
  ]);
});

test("makes room for a long history, and for a short one in the place of one that nobody needs", () => {
  const cache = new ExecutionCache();
  for (let index = 0; index < 512; index += 1) cache.put(`instance ${index}`, ofLength(1));

  cache.put("long", ofLength(65));
  for (let step = 0; step < 50_000; step += 1) cache.put("too many", ofLength(1));
  cache.put("late", ofLength(1));

  expect(cache.sizeOf("instance 0")).toBe(0);
  expect(cache.sizeOf("long")).toBe(65);
  expect(cache.sizeOf("late")).toBe(1);
  expect(cache.sizeOf("instance 511")).toBe(1);
});

test("has a limit on events, too", () => {
  const cache = new ExecutionCache();
  cache.put("first", ofLength(150_000));

  cache.put("second", ofLength(60_000));

  expect([cache.sizeOf("first"), cache.sizeOf("second")]).toEqual([0, 60_000]);
});
