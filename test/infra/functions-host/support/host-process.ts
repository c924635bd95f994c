import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { z } from "zod";

import { until } from "./until.ts";

const MAIN = path.resolve(import.meta.dirname, "../../../../infra/local/functions-host/main.ts");
const FIXTURES = path.resolve(import.meta.dirname, "../fixtures");

/** These tests start many hosts; most of that time is spent on compiling the same files. */
const COMPILE_CACHE = path.join(tmpdir(), "functions-host-compile-cache");

const Ready = z.object({
  url: z.string(),
  port: z.number(),
  keys: z.object({ master: z.string(), function: z.string(), system: z.string() }).optional(),
  keysFile: z.string().optional(),
  clock: z.string().optional(),
  functions: z.array(
    z.object({ name: z.string(), trigger: z.string(), route: z.string().optional() }),
  ),
});
export type Ready = z.infer<typeof Ready>;

export interface HostProcess extends Ready {
  /** What it wrote for people: its own log and the app's. */
  log(): string;
  /** @returns the exit code */
  stop(): Promise<number | null>;
  /** As a power cut. */
  kill(): Promise<void>;
  /** @returns the signal it died of, if it did */
  ended(): Promise<NodeJS.Signals | null>;
}

export interface FinishedProcess {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param name of one of the apps here, or the whole path of another */
export function fixture(name: string): string {
  return path.resolve(FIXTURES, name);
}

export async function startHost(
  app: string,
  args: readonly string[] = ["--memory"],
  env: Readonly<Record<string, string>> = {},
): Promise<HostProcess> {
  const host = run(["start", "--root", fixture(app), "--port", "0", "--json", ...args], env);
  await until(
    "the host is ready",
    () => host.stdout().includes("\n") || host.child.exitCode !== null,
  );
  if (host.child.exitCode !== null) throw new Error(`The host has ended: ${host.stderr()}`);
  return {
    ...Ready.parse(JSON.parse(host.stdout())),
    log: () => host.stderr(),
    async stop() {
      host.child.kill("SIGTERM");
      return (await host.finished).code;
    },
    async kill() {
      host.child.kill("SIGKILL");
      await host.finished;
    },
    async ended() {
      await host.finished;
      return host.child.signalCode;
    },
  };
}

/** What a host tells people on its standard output before it is stopped. */
export async function printedAtStart(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const host = run(["start", ...args], env);
  await until(
    "the host is ready",
    () => host.stdout().includes("Ctrl+C") || host.child.exitCode !== null,
  );
  host.child.kill("SIGTERM");
  const { stdout, stderr } = await host.finished;
  if (!stdout.includes("Ctrl+C")) throw new Error(`The host has ended: ${stderr}`);
  return stdout;
}

/** For what is expected to end by itself. */
export async function runHost(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<FinishedProcess> {
  return run(args, env).finished;
}

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "functions-host-"));
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}

interface RunningProcess {
  readonly child: ChildProcess;
  readonly finished: Promise<FinishedProcess>;
  stdout(): string;
  stderr(): string;
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): RunningProcess {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const finished = once(child, "close").then(() => ({ code: child.exitCode, stdout, stderr }));
  return { child, finished, stdout: () => stdout, stderr: () => stderr };
}
