import { setImmediate as turn } from "node:timers/promises";

import { describe, expect, onTestFinished, test } from "vitest";

import type { Agenda } from "../../../infra/local/program/clock/agenda.ts";
import {
  type ClockMember,
  VirtualClock,
} from "../../../infra/local/program/clock/virtual-clock.ts";

/** A member whose answers the test writes, and which writes down what it is told. */
class ScriptedMember implements ClockMember {
  readonly name: string;
  agenda: Agenda = { isHeld: false, changes: 0 };
  /** Called at each question, before it is answered. */
  onAsk: () => void = () => undefined;
  onTime: () => Promise<void> = () => Promise.resolve();
  readonly #story: string[];
  #now = 0;

  constructor(name: string, story: string[]) {
    this.name = name;
    this.#story = story;
  }

  async setTime(now: number): Promise<void> {
    await this.onTime();
    this.#now = now;
    this.#story.push(`${this.name} has ${now}`);
  }

  fireDue(): void {
    this.#story.push(`${this.name} acts`);
    const { changes, foreground = 0 } = this.agenda;
    const left = foreground > this.#now ? { foreground } : {};
    this.agenda = { isHeld: false, changes: changes + 1, ...left };
  }

  ask(): Promise<Agenda> {
    this.onAsk();
    return Promise.resolve(this.agenda);
  }

  wants(foreground: number): void {
    this.agenda = { isHeld: false, changes: this.agenda.changes + 1, foreground };
  }
}

function start() {
  const clock = new VirtualClock(0);
  onTestFinished(() => clock.stop());
  const story: string[] = [];
  const one = new ScriptedMember("one", story);
  const other = new ScriptedMember("other", story);
  const release = clock.hold();
  const { notice } = clock.join(one);
  clock.join(other);
  return { clock, story, one, other, release, notice };
}

/** Long enough for every jump that could be made. */
async function manyTurns(): Promise<void> {
  for (let count = 0; count < 200; count++) await turn();
}

describe("the owner of a shared clock", () => {
  test("does not believe one round: what was registered behind its back comes first", async () => {
    const { one, other, release, story } = start();
    other.wants(1000);
    // The request of `other` reaches `one` after `one` has answered, and is over before `other` answers.
    let isOpen = true;
    other.onAsk = () => {
      if (isOpen) one.wants(10);
      isOpen = false;
    };

    release();
    await manyTurns();

    expect(story.filter((line) => line.includes("has"))).toEqual([
      "one has 0",
      "other has 0",
      "one has 10",
      "other has 10",
      "one has 1000",
      "other has 1000",
    ]);
  });

  test("lets nobody act before everybody has the new time", async () => {
    const { one, other, release, story } = start();
    one.wants(10);
    other.onTime = manyTurns;

    release();
    await manyTurns();
    await manyTurns();

    expect(story.slice(-4)).toEqual(["one has 10", "other has 10", "one acts", "other acts"]);
  });

  test("asks again only when one who was at work gives notice", async () => {
    const { clock, one, release, notice } = start();
    let asked = 0;
    one.agenda = { isHeld: true, changes: 1, foreground: 10 };
    one.onAsk = () => (asked += 1);
    release();

    await manyTurns();
    const settled = asked;
    await manyTurns();
    const [later, now] = [asked, clock.now()];
    one.wants(10);
    notice();
    await manyTurns();

    expect(settled).toBeGreaterThan(0);
    expect([later, now]).toEqual([settled, 0]);
    expect(clock.now()).toBe(10);
  });

  test("gives the time of the jump's end to who comes in its middle", async () => {
    const { clock, one, other, release, story } = start();
    const late = new ScriptedMember("late", story);
    one.wants(10);
    let hasJoined = false;
    other.onTime = () => {
      if (!hasJoined) clock.join(late);
      hasJoined = true;
      return Promise.resolve();
    };

    release();
    await manyTurns();

    expect(story.filter((line) => line.startsWith("late"))).toEqual(["late has 10"]);
  });

  test("goes on when one has left who was at work", async () => {
    const { clock, one, other, release } = start();
    const busy = new ScriptedMember("busy", []);
    busy.agenda = { isHeld: true, changes: 1 };
    const { leave } = clock.join(busy);
    one.wants(10);
    release();

    await manyTurns();
    const before = clock.now();
    leave();
    await manyTurns();

    expect(before).toBe(0);
    expect(clock.now()).toBe(10);
    expect(Object.keys(clock.status().members)).toEqual([one.name, other.name]);
  });
});
