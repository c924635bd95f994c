import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { buildCommandLine } from "../../../infra/build.ts";
import { ok, startApp } from "./support/app.ts";
import { runView } from "./support/records.ts";

const BIN = path.join(import.meta.dirname, "../../../cli/bin.mjs");

describe("cli/bin.mjs", () => {
  let directory: string;
  let bin: string;

  const copyBin = async (to: string): Promise<string> => {
    await mkdir(path.join(to, "cli"), { recursive: true });
    await copyFile(BIN, path.join(to, "cli/bin.mjs"));
    return path.join(to, "cli/bin.mjs");
  };
  const start = (file: string, words: string[], url = ""): ChildProcess =>
    spawn(process.execPath, [file, ...words], {
      cwd: directory,
      env: { PATH: process.env["PATH"], ROLLFORWARD_URL: url },
      stdio: ["ignore", "pipe", "pipe"],
    });
  const finish = async (child: ChildProcess): Promise<Record<string, unknown>> => {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      child.stdout && text(child.stdout),
      child.stderr && text(child.stderr),
      once(child, "close"),
    ]);
    return { code: code as unknown, signal: signal as unknown, stdout, stderr };
  };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "rollforward-bin-"));
    bin = await copyBin(path.join(directory, "built"));
    await buildCommandLine(path.join(directory, "built/dist/cli"));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  test("runs the bundled command line", async () => {
    await using app = await startApp({ "GET /api/runs": () => ok({ runs: [] }) });

    const ended = await finish(start(bin, ["runs", "--json"], app.url));

    expect(ended).toEqual({ code: 0, signal: null, stdout: '{"runs":[]}\n', stderr: "" });
  });

  test("passes the exit code of wrong use on", async () => {
    const ended = await finish(start(bin, ["rnus"]));

    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended["stderr"]).toContain("Did you mean runs?");
  });

  test("says what to do when there is no bundle", async () => {
    const unbuilt = await copyBin(path.join(directory, "unbuilt"));

    const ended = await finish(start(unbuilt, ["--help"]));

    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended["stderr"]).toBe("rollforward: it has not been built yet. Run: npm run build\n");
  });

  test.each`
    signal       | code
    ${"SIGINT"}  | ${130}
    ${"SIGTERM"} | ${143}
  `(
    "$signal ends a watch with exit code $code",
    async ({ signal, code }: Record<string, unknown>) => {
      await using app = await startApp({ "GET /api/runs/support-7": () => ok(runView()) });
      const child = start(bin, ["run", "support-7", "--watch", "--json"], app.url);
      if (child.stdout) await once(child.stdout, "data");

      child.kill(signal as NodeJS.Signals);
      const ended = await finish(child);

      expect(ended).toMatchObject({ code, signal: null });
      expect(ended["stderr"]).toContain("Run support-7 goes on.");
    },
  );

  test("ends quietly when whoever reads has had enough", async () => {
    let phase: "Preparing" | "Tuning" = "Preparing";
    await using app = await startApp({
      "GET /api/runs/support-7": () => ok(runView({ phase })),
    });
    const child = start(bin, ["run", "support-7", "--watch", "--json"], app.url);
    if (child.stdout) await once(child.stdout, "data");
    child.stdout?.destroy();
    phase = "Tuning";

    const [[code], stderr] = await Promise.all([
      once(child, "exit"),
      child.stderr && text(child.stderr),
    ]);

    expect(code).toBe(141);
    expect(stderr).not.toContain("EPIPE");
  });
});
