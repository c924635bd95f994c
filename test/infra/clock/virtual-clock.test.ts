import { setImmediate as turn } from "node:timers/promises";

import { describe, expect, test } from "vitest";

import { delay, repeat, whileBusy } from "../../../infra/local/program/clock/busy.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";

const HOUR = 3_600_000;

/** Long enough for every jump that could be made; nothing is expected to happen in it. */
async function manyTurns(): Promise<void> {
  for (let count = 0; count < 100; count++) await turn();
}

function at(clock: VirtualClock, time: number): Promise<number> {
  return new Promise((resolve) => {
    clock.at(time, () => resolve(clock.now()));
  });
}

describe("a virtual clock", () => {
  test("jumps to the next appointment when nothing else happens", async () => {
    const clock = new VirtualClock(1000);

    const seen = await Promise.all([at(clock, 72 * HOUR), at(clock, 2000)]);

    expect(seen).toEqual([72 * HOUR, 2000]);
  });

  test("stands still while something holds it, and goes on at its end", async () => {
    const clock = new VirtualClock(0);
    const release = clock.hold();
    const reached = at(clock, 5);

    await manyTurns();
    const held = clock.now();
    release();
    release();

    expect(held).toBe(0);
    expect(await reached).toBe(5);
  });

  test("stands still until the last of several holds ends, even if one ends twice", async () => {
    const clock = new VirtualClock(0);
    const [first, second] = [clock.hold(), clock.hold()];
    const reached = at(clock, 5);

    first();
    first();
    await manyTurns();
    const held = clock.now();
    second();

    expect(held).toBe(0);
    expect(await reached).toBe(5);
  });

  test("lets what follows from an appointment come to rest before the next one", async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.at(1, () => {
      void (async () => {
        for (let count = 0; count < 50; count++) await Promise.resolve();
        await whileBusy(clock, async () => {
          for (let count = 0; count < 50; count++) await turn();
          seen.push(`work ends at ${clock.now()}`);
        });
      })();
    });

    await at(clock, 2).then(() => seen.push("next"));

    expect(seen).toEqual(["work ends at 1", "next"]);
  });

  test("never jumps for what recurs alone", async () => {
    const clock = new VirtualClock(0);
    let beats = 0;
    const stop = repeat(clock, 10, () => (beats += 1));

    await manyTurns();
    const alone = clock.now();
    const reached = await at(clock, 35);
    stop();

    expect(alone).toBe(0);
    expect([reached, beats]).toEqual([35, 3]);
  });

  test("fires what recurs at its own time, on the way", async () => {
    const clock = new VirtualClock(0);
    const times: number[] = [];
    const stop = repeat(clock, 10, () => times.push(clock.now()));

    await at(clock, 30);
    stop();

    expect(times.slice(0, 2)).toEqual([10, 20]);
  });

  test("fires what is due already, even while something holds it", async () => {
    const clock = new VirtualClock(100);
    const release = clock.hold();

    const seen = await Promise.all([at(clock, 50), at(clock, 100)]);
    release();

    expect(seen).toEqual([100, 100]);
  });

  test("never calls an appointment from within at()", async () => {
    const clock = new VirtualClock(100);
    const order: string[] = [];

    const fired = at(clock, 0).then(() => order.push("fired"));
    order.push("made");
    await fired;

    expect(order).toEqual(["made", "fired"]);
  });

  test("forgets what was cancelled", async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    const cancel = clock.at(5, () => (fired = true));

    cancel();
    await manyTurns();

    expect([clock.now(), fired]).toEqual([0, false]);
  });

  test("does not wait for what is put off for ever", async () => {
    const clock = new VirtualClock(0);
    clock.at(Infinity, () => undefined);

    await manyTurns();

    expect(clock.now()).toBe(0);
  });

  test("refuses a time that is none", () => {
    const clock = new VirtualClock(0);

    const make = () => clock.at(Number.NaN, () => undefined);

    expect(make).toThrow("an appointment needs a time");
  });

  test("stands still for good after a stop", async () => {
    const clock = new VirtualClock(0);
    clock.at(5, () => undefined);

    clock.stop();
    await manyTurns();

    expect(clock.now()).toBe(0);
  });

  test("makes the same order of a thousand waits each time", async () => {
    const run = async (): Promise<string> => {
      const clock = new VirtualClock(0);
      const order: string[] = [];
      const walk = async (name: number): Promise<void> => {
        for (let step = 0; step < 20; step++) {
          await delay(clock, (name * 7 + step * 13) % 50);
          order.push(`${name}@${clock.now()}`);
        }
      };
      await Promise.all(Array.from({ length: 50 }, (_, name) => walk(name)));
      return order.join(" ");
    };

    const orders = [await run(), await run()];

    expect(orders[0]).toBe(orders[1]);
    expect(orders[0]?.split(" ")).toHaveLength(1000);
  });
});

describe("advance", () => {
  test("moves on though nobody waits, and fires what recurs on the way", async () => {
    const clock = new VirtualClock(0);
    let beats = 0;
    const stop = repeat(clock, 10, () => (beats += 1));

    await clock.advance(25);
    stop();

    expect([clock.now(), beats]).toEqual([25, 2]);
  });

  test("is over when what happened has come to rest, and before anything else happens", async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    clock.at(10, () => void delay(clock, 0).then(() => seen.push(clock.now())));
    clock.at(11, () => seen.push(11));

    await clock.advance(10);
    const release = clock.hold();
    await manyTurns();
    release();

    expect(seen).toEqual([10]);
  });

  test("goes on by itself after it", async () => {
    const clock = new VirtualClock(0);
    const reached = at(clock, 100);

    await clock.advance(10);

    expect(await reached).toBe(100);
  });
});

describe("delay", () => {
  test("ends with its signal's reason, and leaves no appointment", async () => {
    const clock = new VirtualClock(0);
    const release = clock.hold();
    const stop = new AbortController();
    const waiting = delay(clock, HOUR, { signal: stop.signal });

    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    release();
    await manyTurns();

    expect(clock.now()).toBe(0);
  });

  test("does not begin when its signal is aborted already", async () => {
    const clock = new VirtualClock(0);

    const waiting = delay(clock, HOUR, { signal: AbortSignal.abort(new Error("too late")) });

    await expect(waiting).rejects.toThrow("too late");
  });
});

describe("work", () => {
  test("holds the clock but for its waits", async () => {
    const clock = new VirtualClock(0);
    clock.at(1, () => undefined);
    const seen: number[] = [];

    await whileBusy(clock, async (busy) => {
      await manyTurns();
      seen.push(clock.now());
      await busy.delay(10);
      await manyTurns();
      seen.push(clock.now());
    });

    expect(seen).toEqual([0, 10]);
  });

  test("that fails lets the clock go", async () => {
    const clock = new VirtualClock(0);

    const failed = whileBusy(clock, () => Promise.reject(new Error("broken")));

    await expect(failed).rejects.toThrow("broken");
    expect(await at(clock, 5)).toBe(5);
  });
});
