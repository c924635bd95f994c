import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";
import { z } from "zod";

import { Client } from "./client.ts";
import { USER } from "./start.ts";

const MAIN = fileURLToPath(new URL("../../../../infra/local/registry/main.ts", import.meta.url));

const Ready = z.object({
  url: z.string(),
  loginServer: z.string(),
  caFile: z.string(),
  user: z.string().optional(),
  password: z.string().optional(),
});

export interface Program {
  readonly ready: z.infer<typeof Ready>;
  readonly client: Client;
  /** @returns its exit code, `null` if the signal ended it */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts the program as a process of its own, which ends with the test at the latest. */
export async function startProgram(
  argv: readonly string[],
  users: readonly string[] = ["--user", `${USER.name}:PW`],
): Promise<Program> {
  const child = spawnProgram(["--port", "0", "--json", ...users, ...argv]);
  onTestFinished(async () => void (await kill(child, "SIGKILL")));
  const ready = Ready.parse(JSON.parse(await firstLine(child)));
  const basic = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString("base64")}`;
  const ca = await readFile(ready.caFile, "utf8");
  return {
    ready,
    client: new Client(ready.url, ca, basic),
    kill: async (signal) => kill(child, signal),
  };
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the program to its end. */
export async function runProgram(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawnProgram(argv, env);
  const [output, errors] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString("utf8");
  });
  await once(child, "close");
  return { code: child.exitCode, output: output?.() ?? "", errors: errors?.() ?? "" };
}

function spawnProgram(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...argv], {
    env: { ...process.env, PW: USER.password, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout || !child.stderr) throw new Error("the program has no output");
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error(`the program ended before it was ready: ${Buffer.concat(errors).toString()}`);
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, "exit");
  }
  return child.exitCode;
}
