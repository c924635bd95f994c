import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  type HostProcess,
  removeDirectory,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";
import { until } from "./support/until.ts";

let directory: string;
let host: HostProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  // As a host leaves it that was not running when the timer was due.
  await writeFile(path.join(directory, "timers.json"), '{"yearly":"2020-01-01T00:00:00.000Z"}');
  host = await startHost("esm-app", ["--data", directory], {
    WITH_TIMERS: "1",
    EXECUTIONS_FILE: path.join(directory, "executions"),
  });
});

afterAll(async () => {
  await host.stop();
  await removeDirectory(directory);
});

async function lines(beginning: string): Promise<string[]> {
  const text = await readFile(path.join(directory, "executions"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line.startsWith(beginning));
}

describe("timer trigger", () => {
  test("runs by its schedule, again and again", async () => {
    const found = await until("it ran twice", async () => {
      const runs = await lines("everySecond");
      return runs.length >= 2 && runs;
    });

    expect(found.length).toBeGreaterThanOrEqual(2);
  });

  test("runs at the start if asked to, and knows when it runs next", async () => {
    await until("it ran", async () => (await lines("atStart")).length > 0);

    expect(await lines("atStart")).toEqual(["atStart false -01-01"]);
  });

  test("runs at once, and says so, when its time has passed without a host", async () => {
    await until("it ran", async () => (await lines("yearly")).length > 0);

    expect(await lines("yearly")).toEqual(["yearly true"]);
  });

  test("is tried again by the function's retry policy", async () => {
    await until("it ran", async () => (await lines("stubborn")).length >= 3);

    expect(await lines("stubborn")).toEqual(["stubborn 0", "stubborn 1", "stubborn 2"]);
  });
});
