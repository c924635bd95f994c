import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { episodesOf } from "../../../infra/local/functions-host/histories/episodes.ts";
import {
  readSavedHistory,
  type SavedHistory,
} from "../../../infra/local/functions-host/histories/history-file.ts";
import {
  fixture,
  type HostProcess,
  removeDirectory,
  runHost,
  startHost,
  temporaryDirectory,
} from "./support/host-process.ts";
import { createManagementClient } from "./support/management-client.ts";

const ROOT = fixture("orders-app");

let directory: string;
let host: HostProcess;
let saved: string;

function replay(change: string, ...args: readonly string[]) {
  return runHost(["replay", "--root", ROOT, ...args], { CHANGE: change });
}

/** One of every end, and what has not ended. */
beforeAll(async () => {
  directory = await temporaryDirectory();
  saved = path.join(directory, "saved");
  const data = path.join(directory, "data");
  host = await startHost("orders-app", ["--data", data]);
  const { keysFile = "" } = host;
  const keys = z.object({ system: z.string() }).parse(JSON.parse(readFileSync(keysFile, "utf8")));
  const client = createManagementClient(host.url, keys.system);
  await client.start("order", { id: "good", price: 7 }, "good");
  await client.start("order", { id: "bad", price: -1 }, "bad");
  await client.start("order", { id: "unlucky", price: 7 }, "unlucky");
  await client.start("approval", null, "approved");
  await client.start("approval", null, "ended");
  await client.start("approval", null, "open");
  await client.raise("approved", "approved", true);
  for (const id of ["ended", "open"]) {
    await client.statusWhen(id, ({ runtimeStatus }) => runtimeStatus === "Running");
  }
  await client.call("POST", "instances/ended/terminate?reason=enough");
  await client.ended("unlucky");
  await client.call("POST", "instances/unlucky/rewind?reason=again");
  for (const id of ["good", "bad", "unlucky", "approved", "ended"]) {
    await client.statusWhen(id, ({ runtimeStatus }) =>
      ["Completed", "Terminated", ...(id === "bad" ? ["Failed"] : [])].includes(runtimeStatus),
    );
  }
  const recorded = await runHost(["record", "--data", data, "--out", saved]);
  if (recorded.code !== 0) throw new Error(recorded.stderr);
});

afterAll(async () => {
  await host.stop();
  await removeDirectory(directory);
});

describe("record", () => {
  test("writes a file for each instance, beside the running host", async () => {
    expect(await readdir(saved)).toEqual([
      "approval.approved.json",
      "approval.ended.json",
      "approval.open.json",
      "order.bad.json",
      "order.good.json",
      "order.unlucky.json",
      "ship.good-shipment.json",
      "ship.unlucky-shipment.json",
    ]);
    expect(readSavedHistory(path.join(saved, "order.bad.json"))).toMatchObject({
      format: 1,
      orchestration: "order",
      instanceId: "bad",
      version: "1.0",
      status: "Failed",
      input: '{"id":"bad","price":-1}',
      parent: null,
    });
  });

  test("takes only what is asked for", async () => {
    const data = path.join(directory, "data");
    const out = path.join(directory, "some");

    const args = ["--data", data, "--out", out, "--json"];
    const one = await runHost(["record", ...args, "--instance", "good"]);
    const kind = await runHost(["record", ...args, "--orchestration", "SHIP"]);

    expect(JSON.parse(one.stdout)).toEqual({ recorded: ["order.good.json"] });
    expect(JSON.parse(kind.stdout)).toEqual({
      recorded: ["ship.good-shipment.json", "ship.unlucky-shipment.json"],
    });
  });

  test.for([
    { what: "a directory without a task hub", data: "nowhere", args: [], says: "no task hub in" },
    { what: "an unknown instance", data: "data", args: ["--instance", "x"], says: "history of x" },
    {
      what: "an orchestration that never ran",
      data: "data",
      args: ["--orchestration", "y"],
      says: "no history to record",
    },
  ])("refuses $what with exit code 2", async ({ data, args, says }) => {
    const place = path.join(directory, data);
    const out = path.join(directory, "none");

    const { code, stderr } = await runHost(["record", "--data", place, "--out", out, ...args]);

    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });
});

describe.concurrent("replay", () => {
  test("finds no difference in the code that was recorded", async () => {
    const forPeople = await replay("nothing", saved);
    const forPrograms = await replay("nothing", saved, "--json");

    expect(forPeople).toEqual({
      code: 0,
      stdout: "8 histories replayed, no difference: approval, order, ship\n",
      stderr: "",
    });
    expect(JSON.parse(forPrograms.stdout)).toEqual({
      ok: true,
      replayed: 8,
      orchestrations: ["approval", "order", "ship"],
    });
  });

  test.for([
    {
      change: "other price",
      file: "order.good.json",
      step: 1,
      expected: `activity 'charge', input: [{"price":7}]`,
      came: `activity 'charge', input: [{"price":8}]`,
      line: "main.js:63:27, called from main.js:41:38",
    },
    {
      change: "invoice first",
      file: "order.good.json",
      step: 0,
      expected: `activity 'reserve', input: ["\\"good\\""]`,
      came: `activity 'invoice', input: ["\\"good\\""]`,
      line: "main.js:39:52",
    },
    {
      change: "no charge",
      file: "order.good.json",
      step: 1,
      expected: `activity 'charge', input: [{"price":7}]`,
      came: `activity 'pack', input: ["\\"good\\""]`,
      line: "main.js:43:16",
    },
    {
      change: "slow shipping",
      file: "order.good.json",
      step: 3,
      expected: `sub-orchestration 'ship', instance: good-shipment, input: {"pause":30}`,
      came: `sub-orchestration 'ship', instance: good-shipment, input: {"pause":60}`,
      line: "main.js:44:16",
    },
  ])("finds $change, with the line", async ({ change, file, ...difference }) => {
    const { code, stdout } = await replay(change, path.join(saved, file), "--json");

    const found: unknown = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(found).toMatchObject({ ok: false, orchestration: "order", instanceId: "good" });
    expect(found).toMatchObject(difference);
  });

  test("finds another end, and another time of a timer", async () => {
    const end = await replay("other answer", path.join(saved, "order.good.json"));
    const timer = await replay("patient", path.join(saved, "approval.open.json"));

    expect(end.code).toBe(1);
    expect(end.stderr).toContain("orchestration 'order', instance 'good', its end (episode ");
    expect(end.stderr).toContain(`  expected: Completed, result: ["packed","shipped"]\n`);
    expect(end.stderr).toContain(`  came:     Completed, result: ["shipped","packed"]\n`);
    expect(timer.code).toBe(1);
    expect(timer.stderr).toMatch(
      / {2}expected: timer, until: \S+Z\n {2}came: {5}timer, until: \S+Z\n {2}at {8}main\.js:\d+:\d+\n$/,
    );
  });

  test("finds that an orchestration is gone", async () => {
    const gone = path.join(directory, "gone.json");
    const history = readFileSync(path.join(saved, "ship.good-shipment.json"), "utf8");
    writeFileSync(gone, history.replaceAll('"ship"', '"sail"'));

    const { code, stderr } = await replay("nothing", gone);

    expect(code).toBe(1);
    expect(stderr).toContain(
      "came:     Failed, result: Orchestrator function 'sail' failed: The function 'sail' doesn't exist",
    );
  });

  test.for([
    { name: "there is none", content: undefined, says: "does not exist" },
    { name: "it is no JSON", content: "{", says: "is no history: " },
    {
      name: "it is of another format",
      content: '{"format":99}',
      says: "format 1; record it again",
    },
    { name: "it is something else", content: "[]", says: "is no history: " },
  ])("says with exit code 2 what is wrong if $name", async ({ name, content, says }) => {
    const file = path.join(directory, `${name}.json`);
    if (content !== undefined) writeFileSync(file, content);

    const { code, stderr } = await replay("nothing", file);

    expect(code).toBe(2);
    expect(stderr).toContain(file);
    expect(stderr).toContain(says);
  });

  test("says with exit code 2 that a directory is empty", async () => {
    const empty = path.join(directory, "empty");
    await mkdir(empty, { recursive: true });

    const { code, stderr } = await replay("nothing", empty);

    expect(code).toBe(2);
    expect(stderr).toBe(`host: There is no saved history in ${empty}; 'record' makes them.\n`);
  });

  test("says with exit code 2 that the settings are not there", async () => {
    const { code, stderr } = await replay("nothing", saved, "--settings", "nowhere.json");

    expect(code).toBe(2);
    expect(stderr).toContain("nowhere.json cannot be read");
  });
});

describe("episodes", () => {
  const read = (name: string): SavedHistory => readSavedHistory(path.join(saved, name));

  test("end where the orchestrator was called, and begin with what was new", () => {
    const [first, second] = episodesOf(read("ship.good-shipment.json").history);

    expect(first?.given.map((event) => event.EventType)).toEqual([12, 0]);
    expect(first?.made.map((event) => event.EventType)).toEqual([10]);
    expect(second?.given.map((event) => event.EventType)).toEqual([12, 0, 10, 13, 12, 11]);
    expect(second?.made.map((event) => event.EventType)).toEqual([1]);
  });

  test("before a rewind are left out: what they were given is gone", () => {
    const numbers = episodesOf(read("order.unlucky.json").history).map(({ number }) => number);

    expect(numbers[0]).toBe(3);
  });
});
