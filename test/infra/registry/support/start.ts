import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { onTestFinished } from "vitest";

import { ensureCertificates } from "../../../../infra/local/certificates/certificates.ts";
import {
  type RegistryOptions,
  type RunningRegistry,
  startRegistry,
} from "../../../../infra/local/registry/start-registry.ts";
import { Client } from "./client.ts";

export interface TestRegistry extends RunningRegistry {
  /** PEM of the authority that signed the registry's certificate. */
  readonly ca: string;
  readonly log: readonly string[];
  /** May do everything. */
  readonly client: Client;
  /** Sends no credentials. */
  readonly stranger: Client;
}

export const USER = { name: "pusher", password: "correct horse" };

/** Starts a registry; whoever calls this in a hook stops it in another. */
export async function start(options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  const certificates = await sharedCertificates();
  const ca = await readFile(certificates.caFile, "utf8");
  const log: string[] = [];
  const registry = await startRegistry({
    host: "127.0.0.1",
    port: 0,
    certificates,
    users: { [USER.name]: USER.password },
    log: (message) => log.push(message),
    ...options,
  });
  const basic = `Basic ${Buffer.from(`${USER.name}:${USER.password}`).toString("base64")}`;
  const client = new Client(registry.url, ca, basic);
  return { ...registry, ca, log, client, stranger: new Client(registry.url, ca) };
}

/** Starts a registry that ends with the test. */
export async function startForTest(options: Partial<RegistryOptions> = {}): Promise<TestRegistry> {
  const registry = await start(options);
  onTestFinished(async () => registry.stop());
  return registry;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "registry-test-"));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

type Certificates = Awaited<ReturnType<typeof ensureCertificates>>;
let certificates: Promise<Certificates> | undefined;

async function sharedCertificates(): Promise<Certificates> {
  certificates ??= mkdtemp(path.join(os.tmpdir(), "registry-certificates-")).then((directory) => {
    process.once("exit", () => void rm(directory, { recursive: true, force: true }));
    return ensureCertificates(directory);
  });
  return certificates;
}
