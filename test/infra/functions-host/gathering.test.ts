import { setImmediate } from "node:timers/promises";

import { expect, test } from "vitest";

import { Gathering } from "../../../infra/local/functions-host/durable/gathering.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";

/** A history of 320 events is worth waiting for 20 messages. */
const LONG = 320;

async function state(waiting: Promise<void>): Promise<"waits" | "goes on"> {
  const goesOn = waiting.then(() => "goes on" as const);
  await setImmediate();
  return Promise.race([goesOn, Promise.resolve("waits" as const)]);
}

function expectActivities(gathering: Gathering, count: number): void {
  for (let index = 0; index < count; index += 1) gathering.expect("one");
}

test("waits until enough results of a long history have come together", async () => {
  const gathering = new Gathering(new VirtualClock(0));
  expectActivities(gathering, 30);
  let messages = 1;
  const waiting = gathering.wait("one", LONG, () => messages);
  const before = await state(waiting);

  messages = 20;
  gathering.arrived("one");

  expect([before, await state(waiting)]).toEqual(["waits", "goes on"]);
});

test("waits for no more than there is to come", async () => {
  const gathering = new Gathering(new VirtualClock(0));
  expectActivities(gathering, 2);
  const waiting = gathering.wait("one", LONG, () => 1);
  gathering.arrived("one");
  const before = await state(waiting);

  gathering.arrived("one");

  expect([before, await state(waiting)]).toEqual(["waits", "goes on"]);
});

test("does not wait longer than 25 ms for a slow activity", async () => {
  const clock = new VirtualClock(0);
  const gathering = new Gathering(clock);
  expectActivities(gathering, 1);
  const waiting = gathering.wait("one", LONG, () => 0);
  await clock.advance(24);
  const before = await state(waiting);

  await clock.advance(1);

  expect([before, await state(waiting)]).toEqual(["waits", "goes on"]);
});

test("does not wait at all for a short history, or when nothing is running", async () => {
  const gathering = new Gathering(new VirtualClock(0));
  const idle = gathering.wait("one", LONG, () => 1);
  expectActivities(gathering, 5);
  const short = gathering.wait("one", 60, () => 1);

  expect([await state(idle), await state(short)]).toEqual(["goes on", "goes on"]);
});
