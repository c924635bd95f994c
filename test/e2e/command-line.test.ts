import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { PORTS } from "../../infra/local/stack/ports.ts";
import { RunView, VersionList } from "../../shared/contracts/http-api.ts";
import { dataAbout, pipelineYaml } from "./support/datasets.ts";
import { until } from "./support/lab.ts";
import { type Finished, type Program, startProgram } from "./support/programs.ts";

const STACK = "infra/local/stack/main.ts";
const ANY_PORT = Object.values(PORTS).flatMap(({ option }) => [option, "0"]);

describe("npm start and npx rollforward", () => {
  let directory: string;
  let stack: Program;

  const start = async (): Promise<void> => {
    stack = startProgram(
      STACK,
      ["--no-build", "--json", "--set", "POLL_INTERVAL_MS=200", ...ANY_PORT],
      {
        cwd: directory,
      },
    );
    await until("the stack", async () => {
      if (stack.child.exitCode !== null) throw new Error(stack.stderr());
      return stack.stdout().includes("\n") || undefined;
    });
  };
  const rollforward = (...args: string[]): Promise<Finished> =>
    startProgram("cli/bin.mjs", args, { cwd: directory }).finished;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "rollforward-cli-"));
    await writeFile(path.join(directory, "support.yaml"), pipelineYaml("support"));
    await writeFile(path.join(directory, "a.jsonl"), dataAbout("apple"));
    await writeFile(path.join(directory, "b.jsonl"), dataAbout("banana"));
    await start();
  });

  afterAll(async () => {
    stack.child.kill("SIGTERM");
    await stack.finished;
    await rm(directory, { recursive: true, force: true });
  });

  test("see a dropped file to its end, and lose nothing over a stop and a start", async () => {
    const applied = await rollforward("apply", "-f", "support.yaml");
    const uploaded = await rollforward("upload", "support", "a.jsonl", "--json");
    const run = RunView.parse(JSON.parse(uploaded.stdout.trim().split("\n").at(-1) ?? ""));
    stack.child.kill("SIGINT");
    const stopped = await stack.finished;
    await start();
    const versions = await rollforward("versions", "support", "--json");
    const again = await rollforward("upload", "support", "b.jsonl");
    const answer = await rollforward("ask", "support", "What is the word?");

    expect(applied).toMatchObject({ code: 0, stdout: "pipeline support: generation 1\n" });
    expect(run).toMatchObject({ id: "support-1", phase: "Succeeded", version: 1 });
    expect(stopped.code).toBe(0);
    expect(VersionList.parse(JSON.parse(versions.stdout)).versions).toMatchObject([
      { version: 1, serving: true },
    ]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("v2");
    expect(answer.stdout).toContain("The word is banana.");
  });

  test("a data directory that is in use is refused by name, with exit code 2", async () => {
    const second = await startProgram(STACK, ["--no-build", ...ANY_PORT], { cwd: directory })
      .finished;

    expect(second.code).toBe(2);
    expect(second.stderr).toContain(path.join(directory, ".rollforward"));
    expect(second.stderr).toContain(`in use by process ${stack.child.pid}`);
    expect(second.stderr).toContain("--data");
  });

  test("a port that is in use is named with the option that changes it, with exit code 2", async ({
    onTestFinished,
  }) => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const other = await mkdtemp(path.join(tmpdir(), "rollforward-cli-"));
    onTestFinished(() => rm(other, { recursive: true, force: true }));

    const args = ["--no-build", ...ANY_PORT, "--registry-port", port];
    const ended = await startProgram(STACK, args, { cwd: other }).finished;

    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(ended.stderr).toContain("--registry-port");
  });
});
