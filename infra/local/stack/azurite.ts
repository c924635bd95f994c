import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import type { Certificates } from "../certificates/certificates.ts";
import { CLOCK_OPTION } from "./clock-option.ts";
import { endOf, type ProcessEnd } from "./end-of.ts";

export interface AzuriteOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly ports: { readonly blob: number; readonly queue: number; readonly table: number };
  /** Where the data is kept. */
  readonly location: string;
  readonly certificates: Certificates;
  /** Compiled code is kept here: the second start takes half the time. */
  readonly compileCache?: string | undefined;
  /** Of a virtual time (`serveClock`), which is then Azurite's `Date`. */
  readonly clockAddress?: string | undefined;
  /** Gets what Azurite complains about. */
  readonly log: (message: string) => void;
}

export interface Azurite {
  readonly blobServiceUrl: string;
  readonly queueServiceUrl: string;
  readonly tableServiceUrl: string;
  readonly pid: number | undefined;
  /** Settles when the process has ended, whoever ended it. */
  readonly ended: Promise<ProcessEnd>;
  /** Waits until the data is on disk. */
  stop(): Promise<void>;
}

export const ACCOUNT = "devstoreaccount1";
/** The newest version whose SAS Azurite 3.35 verifies; the SDK's own default is newer. */
export const SAS_VERSION = "2026-02-06";

const ENTRY = path.join(import.meta.dirname, "azurite-process.ts");
const SERVICES = ["Blob", "Queue", "Table"] as const;
const STOP_LIMIT_MS = 5000;
const LAST_LINES = 5;

/** Starts the real Azurite, over TLS and with tokens, as a process of its own. */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  mkdirSync(options.location, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [ENTRY, ...argumentsOf(options)], {
    // A session of its own: Ctrl-C is for the stack, which then stops Azurite last.
    detached: true,
    cwd: options.location,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      // It fetches the source of a copy that is named by a SAS, from itself.
      NODE_EXTRA_CA_CERTS: options.certificates.caFile,
      ...(options.compileCache !== undefined && { NODE_COMPILE_CACHE: options.compileCache }),
    },
  });
  const ended = endOf(child);
  const addresses = await untilListening(child, options.log);
  const url = (service: (typeof SERVICES)[number]): string =>
    `${addresses.get(service) ?? ""}/${ACCOUNT}`;

  return {
    blobServiceUrl: url("Blob"),
    queueServiceUrl: url("Queue"),
    tableServiceUrl: url("Table"),
    pid: child.pid,
    ended,
    async stop() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => {
        options.log("Azurite did not stop in time and was killed: its last writes may be lost");
        child.kill("SIGKILL");
      }, STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Azurite does not read `--option=value`. */
function argumentsOf(options: AzuriteOptions): string[] {
  const { certificates, clockAddress, host, location, ports } = options;
  const addresses = Object.entries(ports).flatMap(([service, port]) => [
    `--${service}Host`,
    host,
    `--${service}Port`,
    String(port),
  ]);
  const files = { location, cert: certificates.certFile, key: certificates.keyFile };
  return [
    ...addresses,
    ...Object.entries(files).flatMap(([name, file]) => [`--${name}`, file]),
    "--oauth",
    "basic",
    "--skipApiVersionCheck",
    // The account is the first segment of the path whatever the host is called, `rollforward.internal` too.
    "--disableProductStyleUrl",
    "--disableTelemetry",
    "--silent",
    ...(clockAddress === undefined ? [] : [CLOCK_OPTION, clockAddress]),
  ];
}

async function untilListening(
  child: ChildProcess,
  log: (message: string) => void,
): Promise<ReadonlyMap<string, string>> {
  if (!child.stdout || !child.stderr) throw new Error("Azurite has no standard output");
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    log(line);
    complaints.push(line);
    complaints.splice(0, complaints.length - LAST_LINES);
  });
  const addresses = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, service, address] =
      /^Azurite (\w+) service is successfully listening at (\S+)/.exec(line) ?? [];
    if (service !== undefined && address !== undefined) addresses.set(service, address);
    if (addresses.size === SERVICES.length) break;
  }
  if (addresses.size < SERVICES.length) {
    throw new Error(`Azurite did not start: ${complaints.join(" ") || "it said nothing"}`);
  }
  child.stdout.resume();
  return addresses;
}
