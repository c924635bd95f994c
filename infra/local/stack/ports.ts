import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout } from "node:timers/promises";

import { z } from "zod";

import { listen } from "../program/listen.ts";
import { UsageError } from "../program/usage-error.ts";

/** Everything that listens: the option that changes its port, and the port without it. */
export const PORTS = {
  host: { option: "--port", usual: 7071 },
  identity: { option: "--identity-port", usual: 7072 },
  blob: { option: "--blob-port", usual: 7073 },
  azuriteBlob: { option: "--azurite-blob-port", usual: 7074 },
  queue: { option: "--queue-port", usual: 7075 },
  table: { option: "--table-port", usual: 7076 },
  registry: { option: "--registry-port", usual: 7077 },
  cluster: { option: "--cluster-port", usual: 7078 },
} as const;

export type PortName = keyof typeof PORTS;
export type Ports = Readonly<Record<PortName, number>>;

/** For a stack that nobody has to find: whatever is free. */
export const ANY_PORTS: Ports = {
  host: 0,
  identity: 0,
  blob: 0,
  azuriteBlob: 0,
  queue: 0,
  table: 0,
  registry: 0,
  cluster: 0,
};

const Stored = z.record(z.string(), z.int().min(1).max(65_535));

/** Systems give ports above this range to outgoing connections: one could sit on ours while the host restarts. */
const FREE_RANGE = [20_000, 32_000] as const;
const FREE_TRIES = 50;
/** The programs of a stack that was killed need a moment to end. */
const WAIT_MS = 5000;
const PAUSE_MS = 50;

export interface ChoosePorts {
  /** The choice is kept here, so that a restart has the same addresses. */
  readonly directory: string;
  readonly host: string;
  /** 0: any; what is left out is as it was, or as usual. */
  readonly wanted: Partial<Ports>;
}

/** @throws {UsageError} if a port is taken, naming it and its option */
export async function choosePorts({ directory, host, wanted }: ChoosePorts): Promise<Ports> {
  const file = path.join(directory, "ports.json");
  const stored = readStored(file);
  const chosen = new Map<string, number>();
  for (const [name, { option, usual }] of Object.entries(PORTS)) {
    const given = new Map(Object.entries(wanted)).get(name);
    const port = (given || stored[name]) ?? (given === 0 ? await findFree(host, chosen) : usual);
    for (const [other, taken] of chosen) {
      if (taken === port) {
        throw new UsageError(
          `Port ${port} is for ${other} already. Choose another with ${option}.`,
        );
      }
    }
    await untilFree(host, port, option, stored[name] === port);
    chosen.set(name, port);
  }
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(chosen), null, 2)}\n`);
  const port = (name: PortName): number => chosen.get(name) ?? PORTS[name].usual;
  return {
    host: port("host"),
    identity: port("identity"),
    blob: port("blob"),
    azuriteBlob: port("azuriteBlob"),
    queue: port("queue"),
    table: port("table"),
    registry: port("registry"),
    cluster: port("cluster"),
  };
}

function readStored(file: string): Readonly<Record<string, number>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  try {
    return Stored.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${file} is not what an earlier start wrote: remove it.`, {
      cause: error,
    });
  }
}

async function findFree(host: string, chosen: ReadonlyMap<string, number>): Promise<number> {
  const taken = new Set(chosen.values());
  for (let tries = 0; tries < FREE_TRIES; tries += 1) {
    const port = randomInt(...FREE_RANGE);
    if (!taken.has(port) && (await isFree(host, port))) return port;
  }
  throw new Error(`No free port on ${host} between ${FREE_RANGE.join(" and ")}`);
}

async function isFree(host: string, port: number): Promise<boolean> {
  try {
    await tryPort(host, port, "");
    return true;
  } catch {
    return false;
  }
}

async function untilFree(
  host: string,
  port: number,
  option: string,
  wasOurs: boolean,
): Promise<void> {
  for (const deadline = Date.now() + (wasOurs ? WAIT_MS : 0); ;) {
    try {
      await tryPort(host, port, option);
      return;
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await setTimeout(PAUSE_MS);
    }
  }
}

async function tryPort(host: string, port: number, option: string): Promise<void> {
  const server = createServer();
  await listen(server, { host, port, option });
  await new Promise((resolve) => server.close(resolve));
}
