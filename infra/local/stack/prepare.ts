import path from "node:path";

import { type Certificates, ensureCertificates } from "../certificates/certificates.ts";
import { holdDataDirectory } from "../program/data-directory.ts";
import { type Logs, openLogs } from "./log-file.ts";
import { choosePorts, type Ports } from "./ports.ts";
import { keepSecrets, type Secrets } from "./secrets.ts";
import type { Undo } from "./undo.ts";

/** What is decided before anything is started, and kept for the next time. */
export interface Prepared {
  readonly host: string;
  readonly paths: Paths;
  readonly ports: Ports;
  readonly certificates: Certificates;
  readonly secrets: Secrets;
  readonly logs: Logs;
}

export interface Paths {
  readonly directory: string;
  readonly functionsHost: string;
  readonly kubeconfigFile: string;
  readonly localFile: string;
  readonly logDirectory: string;
  /** Compiled code: a second start takes half the time. */
  readonly compileCache: string;
}

export interface PrepareOptions {
  readonly directory: string;
  readonly host: string;
  readonly ports: Partial<Ports>;
}

/** @throws {UsageError} if the directory or a port is taken */
export async function prepare(options: PrepareOptions, undo: Undo): Promise<Prepared> {
  const { host } = options;
  const directory = path.resolve(options.directory);
  const hold = holdDataDirectory(directory);
  undo.defer("data directory", async () => hold.release());

  const paths = {
    directory,
    functionsHost: path.join(directory, "functions-host"),
    kubeconfigFile: path.join(directory, "kubeconfig.yaml"),
    localFile: path.join(directory, "local.json"),
    logDirectory: path.join(directory, "logs"),
    compileCache: path.join(directory, "compile-cache"),
  };
  const ports = await choosePorts({ directory, host, wanted: options.ports });
  const certificates = await ensureCertificates(path.join(directory, "certificates"));
  const secrets = keepSecrets(directory);
  const logs = openLogs(paths.logDirectory);
  undo.defer("logs", () => logs.close());
  return { host, paths, ports, certificates, secrets, logs };
}
