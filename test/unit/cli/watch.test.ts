import { describe, expect, test } from "vitest";

import { Interrupted } from "../../../cli/errors.ts";
import type { RunView } from "../../../shared/contracts/http-api.ts";
import { inTurn, ok, startApp } from "./support/app.ts";
import { runView } from "./support/records.ts";
import { Page, rollforward } from "./support/rollforward.ts";

const WATCH = ["run", "support-7", "--watch"];
const failure: NonNullable<RunView["failure"]> = {
  code: "OUT_OF_MEMORY",
  message: "The GPU is full",
  details: ["rank 64"],
};

describe("run --watch", () => {
  test("--json prints one document for each phase, and the last is the end", async () => {
    await using app = await startApp({
      "GET /api/runs/support-7": inTurn(
        ok(runView({ phase: "Preparing" })),
        ok(runView({ phase: "Tuning" })),
        ok(runView({ phase: "Tuning" })),
        ok(runView({ phase: "Succeeded", version: 3 })),
      ),
    });

    const ended = await rollforward([...WATCH, "--json"], app);

    const documents = ended.stdout.trim().split("\n");
    expect(ended.code).toBe(0);
    expect(documents.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { phase: "Preparing" },
      { phase: "Tuning" },
      { phase: "Succeeded", version: 3 },
    ]);
  });

  test("says each stage once in plain lines", async () => {
    const training = { stage: "training", percent: 50, loss: 0.30000004 };
    await using app = await startApp({
      "GET /api/runs/support-7": inTurn(
        ok(runView({ progress: { stage: "waiting for a GPU node" } })),
        ok(runView({ progress: training })),
        ok(runView({ progress: { ...training, percent: 60 } })),
        ok(runView({ phase: "Succeeded" })),
      ),
    });

    const ended = await rollforward(WATCH, app);

    expect(ended.stderr.split("\n")).toEqual([
      "support-7  Tuning  waiting for a GPU node",
      "support-7  Tuning  training  [############------------] 50%  loss 0.3",
      "",
    ]);
  });

  test("a run that fails prints its one document and ends with exit code 1", async () => {
    await using app = await startApp({
      "GET /api/runs/support-7": () => ok(runView({ phase: "Failed", failure })),
    });

    const [text, json] = await Promise.all([
      rollforward(WATCH, app),
      rollforward([...WATCH, "--json"], app),
    ]);

    expect(text).toMatchObject({ code: 1, stderr: "rollforward: run support-7 ended as Failed\n" });
    expect(text.stdout).toMatch(/\nwhy +OUT_OF_MEMORY: The GPU is full\n/);
    expect(text.stdout).toContain("\n  rank 64");
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ phase: "Failed", failure });
  });

  test("survives a restart of the app", async () => {
    const err = new Page();
    let phase: "Tuning" | "Succeeded" = "Tuning";
    await using app = await startApp({ "GET /api/runs/support-7": () => ok(runView({ phase })) });
    const watching = rollforward(WATCH, { url: app.url, err });
    await err.saw("support-7  Tuning");
    await app.stop();
    await err.saw("no answer; trying again");
    phase = "Succeeded";
    await app.start();

    const ended = await watching;

    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/\nphase +Succeeded\n/);
  });

  test("does not wait for ever for an app that is gone", async () => {
    const app = await startApp({});
    await app.stop();

    const pace = { pollMs: 5, patienceMs: 20, slowMs: 10_000 };
    const ended = await rollforward([...WATCH, "--json"], { url: app.url, pace });

    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain("Is the app running?");
    expect(JSON.parse(ended.stdout)).toMatchObject({ error: { code: "UNAVAILABLE" } });
  });

  test("Ctrl-C takes the bar away, says that the run goes on, and ends with 130", async () => {
    const err = new Page({ isTTY: true });
    const interrupt = new AbortController();
    await using app = await startApp({ "GET /api/runs/support-7": () => ok(runView()) });
    const watching = rollforward(WATCH, { url: app.url, err, signal: interrupt.signal });
    await err.saw("support-7  Tuning");
    interrupt.abort(new Interrupted(130));

    const ended = await watching;

    expect(ended).toMatchObject({ code: 130, stdout: "" });
    expect(ended.stderr).toMatch(/--watch\n$/);
    expect(ended.stderr).toContain("Tuning\r\u001B[2KRun support-7 goes on.");
  });
});
