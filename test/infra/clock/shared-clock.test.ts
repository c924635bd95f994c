import { once } from "node:events";
import net from "node:net";
import { setImmediate as turn } from "node:timers/promises";

import { describe, expect, onTestFinished, test } from "vitest";

import {
  type ClockServer,
  type ClockServerOptions,
  serveClock,
} from "../../../infra/local/program/clock/clock-server.ts";
import { joinClock } from "../../../infra/local/program/clock/join-clock.ts";
import { VirtualClock } from "../../../infra/local/program/clock/virtual-clock.ts";
import { UsageError } from "../../../infra/local/program/usage-error.ts";
import { startWalker } from "./support/start-walker.ts";

interface Shared {
  readonly clock: VirtualClock;
  readonly server: ClockServer;
  readonly said: string[];
}

async function share(options: Partial<ClockServerOptions> = {}): Promise<Shared> {
  const clock = new VirtualClock(1_000_000);
  const said: string[] = [];
  const server = await serveClock(clock, { log: (message) => said.push(message), ...options });
  onTestFinished(async () => {
    clock.stop();
    await server.close();
  });
  return { clock, server, said };
}

async function reaches(clock: VirtualClock, time: number): Promise<number> {
  return new Promise((resolve) => {
    clock.at(time, () => resolve(clock.now()));
  });
}

describe("a clock that several programs share", () => {
  test("is the time of each, and of its Date", async () => {
    const { clock, server } = await share();
    const walker = await startWalker(server.address, "walker");

    walker.order({ waitUntil: 5_000_000 });
    const report = await walker.report("date");

    expect(walker.joinedAt).toBe(1_000_000);
    expect(report).toEqual({ now: 5_000_000, date: 5_000_000, late: 0, kept: 0 });
    expect(clock.now()).toBe(5_000_000);
  });

  test("never jumps over what a request between two of them leads to", async () => {
    const { clock, server } = await share();
    const [one, other] = await Promise.all([
      startWalker(server.address, "one"),
      startWalker(server.address, "other"),
    ]);
    const release = clock.hold();

    const reports = [one.report("ended"), other.report("ended")];
    one.order({ walk: 300, peer: other.port });
    other.order({ walk: 300, peer: one.port });
    release();
    const [first, second] = await Promise.all(reports);

    expect(first).toMatchObject({ late: 0, ended: 1_003_000 });
    expect(second).toMatchObject({ late: 0, ended: 1_003_000 });
    expect((first?.kept ?? 0) + (second?.kept ?? 0)).toBeGreaterThan(590);
  });

  test("waits for a member that holds, and goes on when it is killed", async () => {
    const { clock, server } = await share();
    const walker = await startWalker(server.address, "walker");
    const held = walker.report("held");
    walker.order({ hold: true });
    await held;
    const reached = reaches(clock, 2_000_000);

    // The clock has asked, and the member has said that it holds.
    while (clock.status().members["walker"]?.isHeld !== true) await turn();
    for (let count = 0; count < 1000; count++) await turn();
    const before = clock.now();
    walker.child.kill("SIGKILL");

    expect(before).toBe(1_000_000);
    expect(await reached).toBe(2_000_000);
    expect(clock.status().members).toEqual({});
  });

  test("goes on without a member that leaves", async () => {
    const { clock, server } = await share();
    const walker = await startWalker(server.address, "walker");
    const held = walker.report("held");
    walker.order({ hold: true });
    await held;

    walker.order({ leave: true });

    expect(await reaches(clock, 2_000_000)).toBe(2_000_000);
  });

  test("says for whom it waits, and goes on when that one wakes", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { clock, server } = await share({ log: resolve, patienceMs: 50 });
    const walker = await startWalker(server.address, "sleeper");
    walker.child.kill("SIGSTOP");
    const reached = reaches(clock, 2_000_000);

    const said = await promise;
    const before = clock.now();
    walker.child.kill("SIGCONT");

    expect(said).toBe("the clock stands still: sleeper does not answer");
    expect(before).toBe(1_000_000);
    expect(await reached).toBe(2_000_000);
  });

  test("tells its members when it is gone", async () => {
    const { server } = await share();
    const walker = await startWalker(server.address, "walker");
    const lost = walker.report("lost");

    await server.close();

    expect(await lost).toEqual({ lost: true });
  });

  test("lets a program in while it is running", async () => {
    const { clock, server } = await share();
    let isOn = true;
    const tick = (): void => {
      if (isOn) clock.at(clock.now() + 1, tick);
    };
    tick();

    const walker = await startWalker(server.address, "late");
    const report = walker.report("ended");
    walker.order({ walk: 50, peer: walker.port });
    const { kept, late } = await report;
    isOn = false;

    expect(walker.joinedAt).toBeGreaterThan(1_000_000);
    expect([kept, late]).toEqual([50, 0]);
  });
});

describe("a stranger at the clock's socket", () => {
  test.each([
    ["no JSON", "hello\n"],
    ["no message", '{"name":""}\n'],
    ["an answer before its name", '{"answer":0}\n'],
    ["two names", '{"name":"a"}\n{"name":"b"}\n'],
    ["a line without an end", "x".repeat(5000)],
    ["a long line", `{"name":"${"x".repeat(5000)}"}\n`],
    ["an agenda of nonsense", '{"name":"a"}\n{"answer":1,"agenda":{"isHeld":0}}\n'],
  ])("that says %s is thrown out, and time goes on", async (_title, text) => {
    const { clock, server } = await share();
    const socket = net.connect({ path: server.address });
    socket.resume();
    socket.on("error", () => undefined);

    socket.write(text);
    await once(socket, "close");

    expect(await reaches(clock, 2_000_000)).toBe(2_000_000);
  });

  test("that says nothing holds nobody up", async () => {
    const { clock, server } = await share();
    const socket = net.connect({ path: server.address });
    await once(socket, "connect");

    const reached = await reaches(clock, 2_000_000);
    socket.destroy();

    expect(reached).toBe(2_000_000);
  });
});

test("where no clock is, joining says what to do", async () => {
  const joining = joinClock("/nowhere/socket", { name: "lost", onLost: () => undefined });

  await expect(joining).rejects.toThrow(UsageError);
  await expect(joining).rejects.toThrow("No clock answers at /nowhere/socket. Give --clock");
});
