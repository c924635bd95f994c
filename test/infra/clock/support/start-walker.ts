import { type ChildProcess, fork } from "node:child_process";
import { on, once } from "node:events";

import { onTestFinished } from "vitest";

import type { Order, Report } from "./orders.ts";

export interface Walker {
  readonly port: number;
  /** The time when it had joined. */
  readonly joinedAt: number;
  readonly child: ChildProcess;
  order(order: Order): void;
  /** The next report with this field. */
  report(field: keyof Report): Promise<Report>;
}

/** Starts a program that lives in the time of the clock at `address`; it ends with the test. */
export async function startWalker(address: string, name: string): Promise<Walker> {
  const file = new URL("walker.ts", import.meta.url);
  const child = fork(file, [address, name], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  async function report(field: keyof Report): Promise<Report> {
    for await (const [message] of on(child, "message", { close: ["exit"] })) {
      const said = message as Report;
      if (said[field] !== undefined) return said;
    }
    throw new Error(`the walker ${name} ended before it reported ${field}`);
  }

  const { port = 0, now = 0 } = await report("port");
  return { port, joinedAt: now, child, order: (order) => child.send(order), report };
}
