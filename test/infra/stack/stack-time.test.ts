import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { delay } from "../../../infra/local/program/clock/busy.ts";
import { joinClock } from "../../../infra/local/program/clock/join-clock.ts";
import { enterTime, type StackTime } from "../../../infra/local/stack/stack-time.ts";
import { Undo } from "../../../infra/local/stack/undo.ts";

const HOUR = 3_600_000;

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "stack-time-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

async function enter(directory: string, isVirtual = true): Promise<[StackTime, Undo]> {
  const undo = new Undo();
  onTestFinished(() => undo.run(1000));
  const time = await enterTime({ directory, isVirtual, log: () => undefined }, undo);
  return [time, undo];
}

test("three days pass at once, for Date and for who joins, and end with the stack", async () => {
  const realDate = Date;
  const [{ address = "", clock }, undo] = await enter(await newDirectory());
  const member = await joinClock(address, { name: "member", onLost: () => undefined });
  const began = performance.now();

  await delay(clock, 72 * HOUR);

  const ahead = [Date.now(), new Date().getTime(), member.now()].map(
    (time) => time - realDate.now(),
  );
  member.leave();
  await undo.run(1000);
  for (const each of ahead) expect(each).toBeGreaterThan(71 * HOUR);
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(Date).toBe(realDate);
});

test("real time is the system's, and nobody has to join it", async () => {
  const [time, undo] = await enter(await newDirectory(), false);

  await undo.run(1000);

  expect(time.address).toBeUndefined();
  expect(Math.abs(time.clock.now() - Date.now())).toBeLessThan(1000);
});

test("the next start begins after all that was dated, also after kill -9", async () => {
  const directory = await newDirectory();
  const [first, undo] = await enter(directory);
  await delay(first.clock, 72.5 * HOUR);
  const ended = first.clock.now();
  // Nothing is written when it stops: kill -9 leaves as much.
  await undo.run(1000);

  const [second] = await enter(directory);

  expect(second.clock.now()).toBeGreaterThanOrEqual(ended);
  expect(second.clock.now()).toBeLessThanOrEqual(ended + HOUR);
});

test("data of a virtual time are not taken into real time", async () => {
  const directory = await newDirectory();
  const [, undo] = await enter(directory);
  await undo.run(1000);

  const entering = enter(directory, false);

  await expect(entering).rejects.toThrow(
    `${directory} has lived in a virtual time. Start it with --virtual-time, or choose another`,
  );
});

test.each(["", "{", '{"now":"soon"}', '{"now":"2030-01-01T00:00:00Z","more":1}'])(
  "a file that says %j is refused by name, left as it is, and Date stays real",
  async (text) => {
    const directory = await newDirectory();
    const file = path.join(directory, "virtual-time.json");
    const realDate = Date;
    await writeFile(file, text);

    const entering = enter(directory);

    await expect(entering).rejects.toThrow(`${file} is not what an earlier start wrote`);
    expect(await readFile(file, "utf8")).toBe(text);
    expect(Date).toBe(realDate);
  },
);
