import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";
import { z } from "zod";

import { ApiClient } from "./api-client.ts";

const MAIN = fileURLToPath(new URL("../../../../infra/local/cluster/main.ts", import.meta.url));

const Ready = z.looseObject({ url: z.string(), kubeconfig: z.string(), caFile: z.string() });

export interface ClusterProgram {
  readonly url: string;
  readonly caFile: string;
  readonly kubeconfig: string;
  /** @returns its exit code */
  stop(): Promise<number | null>;
}

/** Starts the cluster as a process of its own; it ends with the test. */
export async function startProgram(args: readonly string[]): Promise<ClusterProgram> {
  const child = spawn(process.execPath, [MAIN, "--port", "0", "--json", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  const lines = createInterface(child.stdout);
  const line = await Promise.race([
    once(lines, "line").then(([ready]) => String(ready)),
    exited.then(([code]) => {
      throw new Error(`the cluster ended with ${code} before it was ready`);
    }),
  ]);
  return {
    ...Ready.parse(JSON.parse(line)),
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

/** Runs it with what it refuses, until it ends by itself. */
export async function runToEnd(
  args: readonly string[],
): Promise<{ readonly code: unknown; readonly errors: string }> {
  const child = spawn(process.execPath, [MAIN, "--port", "0", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code, errors };
}

export function clientOf({ caFile, url }: ClusterProgram, kubeconfig: string): ApiClient {
  const token = /token: "?([\w-]+)"?/.exec(kubeconfig)?.[1];
  if (token === undefined) throw new Error("the kubeconfig has no token");
  return new ApiClient(url, caFile, token);
}
