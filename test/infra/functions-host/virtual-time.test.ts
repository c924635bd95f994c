import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect, onTestFinished, test } from "vitest";

import {
  type HostProcess,
  removeDirectory,
  runHost,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";
import { createManagementClient, type ManagementClient } from "./support/management-client.ts";

const BEGINNING = "2031-05-01T00:00:00.000Z";

async function start(args: readonly string[]): Promise<HostProcess> {
  const host = await startHost("time-app", args);
  onTestFinished(() => void host.stop());
  return host;
}

function clientOf(host: HostProcess): ManagementClient {
  return createManagementClient(host.url, host.keys?.system ?? "");
}

async function newDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  onTestFinished(() => removeDirectory(directory));
  return directory;
}

async function clock(host: HostProcess, method: string, query = ""): Promise<Response> {
  return fetch(`${host.url}/runtime/webhooks/clock${query}`, { method });
}

test("72 hours of waiting are over at once, and the app sees them pass", async () => {
  const host = await start(["--memory", "--virtual-time", BEGINNING]);

  const { output, createdTime, runtimeStatus } = await clientOf(host).run("watch", 72);

  expect(runtimeStatus).toBe("Completed");
  expect(createdTime).toBe("2031-05-01T00:00:00Z");
  expect(output).toEqual({ begun: BEGINNING, ended: "2031-05-04T00:00:00.000Z" });
});

test("a function that waits for them has the real time of functionTimeout", async () => {
  const host = await start(["--memory", "--virtual-time", BEGINNING]);

  const response = await fetch(`${host.url}/api/wait`);

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ begun: BEGINNING, ended: expect.any(String) as unknown });
});

test("the same seed gives the same histories, byte for byte, and another seed gives others", async () => {
  const histories = async (seed: string): Promise<string[]> => {
    const directory = await newDirectory();
    const [data, out] = [path.join(directory, "data"), path.join(directory, "out")];
    const host = await start(["--data", data, "--virtual-time", "--seed", seed]);
    const client = createManagementClient(host.url, "");
    await client.run("busy", null);
    await client.run("busy", null);
    await host.stop();
    const recorded = await runHost(["record", "--data", data, "--out", out]);
    expect(recorded.code).toBe(0);
    const files = readdirSync(out).toSorted();
    return files.map((file) => `${file}\n${readFileSync(path.join(out, file), "utf8")}`);
  };

  const [first, again, other] = [await histories("7"), await histories("7"), await histories("8")];

  expect(first).toHaveLength(4);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test("time goes on where it was when the host starts again, also after kill -9", async () => {
  const data = path.join(await newDirectory(), "data");
  const first = await start(["--data", data, "--virtual-time", BEGINNING]);
  const id = await createManagementClient(first.url, "").start("busy", null);
  await createManagementClient(first.url, "").ended(id);
  await first.kill();

  const second = await start(["--data", data, "--virtual-time", BEGINNING]);

  // Two hours of the sub-orchestration, and five of the deadline.
  expect(await (await clock(second, "GET")).json()).toEqual({ now: "2031-05-01T07:00:00.000Z" });
});

test("a timer function never makes time jump, and fires when it is moved on", async () => {
  const host = await start(["--memory", "--virtual-time", "2031-05-01T00:30:00Z"]);
  const before = await (await fetch(`${host.url}/api/ticks`)).json();

  const moved = await clock(host, "POST", "?advance=02:45:00");

  expect(before).toEqual([]);
  expect(await moved.json()).toEqual({ now: "2031-05-01T03:15:00.000Z" });
  expect(await (await fetch(`${host.url}/api/ticks`)).json()).toEqual([
    "2031-05-01T01:00:00.000Z",
    "2031-05-01T02:00:00.000Z",
    "2031-05-01T03:00:00.000Z",
  ]);
});

test("real time is the default, and cannot be moved", async () => {
  const host = await start(["--memory"]);

  const moved = await clock(host, "POST", "?advance=00:00:01");
  const told = (await (await clock(host, "GET")).json()) as { now: string };

  expect(moved.status).toBe(409);
  expect(Math.abs(Date.parse(told.now) - Date.now())).toBeLessThan(10_000);
  expect((await clock(host, "POST", "?advance=soon")).status).toBe(400);
  expect((await clock(host, "DELETE")).status).toBe(405);
});

test("wrong use is refused with what to do", async () => {
  const noTime = await runHost(["start", "--virtual-time", "tomorrow"]);
  const noClock = await runHost(["start", "--root", ".", "--clock", "/nowhere"]);
  const both = await runHost(["start", "--virtual-time", BEGINNING, "--clock", "/nowhere"]);

  expect([noTime.code, noClock.code, both.code]).toEqual([2, 2, 2]);
  expect(noTime.stderr).toContain("'tomorrow' is not a time: use one such as 2030-01-01T");
  expect(noClock.stderr).toContain("No clock answers at /nowhere. Give --clock what the owner");
  expect(both.stderr).toContain("cannot be used with option '--virtual-time [beginning]'");
});

test("another host can live in the same time", async () => {
  const owner = await start(["--memory", "--virtual-time", BEGINNING]);
  const member = await start(["--memory", "--clock", owner.clock ?? ""]);

  const { output } = await clientOf(member).run("watch", 72);

  expect(output).toEqual({ begun: BEGINNING, ended: "2031-05-04T00:00:00.000Z" });
  expect(await (await clock(owner, "GET")).json()).toEqual({ now: "2031-05-04T00:00:00.000Z" });
});
