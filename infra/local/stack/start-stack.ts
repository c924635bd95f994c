import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";

import { buildApp } from "../../build.ts";
import { whileBusy } from "../program/clock/busy.ts";
import { appSettings } from "./app-settings.ts";
import { SAS_VERSION } from "./azurite.ts";
import type { ProcessEnd } from "./end-of.ts";
import { createFunctionsHost, type FunctionsHost } from "./functions-host.ts";
import type { Logs } from "./log-file.ts";
import type { Ports } from "./ports.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { type StandIns, type StandInsOptions, type Starting, startStandIns } from "./stand-ins.ts";
import { enterTime, type StackTime } from "./stack-time.ts";
import { together } from "./together.ts";
import { Undo } from "./undo.ts";

export interface StackOptions extends Pick<StandInsOptions, "cluster" | "registry" | "eventGrid"> {
  /** All data, certificates, keys and logs. */
  readonly directory: string;
  readonly host?: string | undefined;
  /** 0: any; what is left out is as at the last start in this directory, or as usual. */
  readonly ports?: Partial<Ports> | undefined;
  /** The app: where its host.json is. Default: this repository. */
  readonly root?: string | undefined;
  /** Whether to build this repository's app first. Default: true. */
  readonly build?: boolean | undefined;
  /** Whether to start the Functions host. Default: true; `functionsHost.start()` does it later. */
  readonly startHost?: boolean | undefined;
  /**
   * Whether time jumps to the next appointment whenever nothing runs. `Date` of this process tells it until
   * the stack has stopped. Default: false.
   */
  readonly virtualTime?: boolean | undefined;
  /** App settings beside or instead of those that the stack sets. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** The rest of the environment of the host: it does not inherit this process's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
  /** A process of the stack ended and nobody had asked for that. */
  readonly onUnexpectedEnd?: ((what: UnexpectedEnd) => void) | undefined;
}

export interface UnexpectedEnd {
  readonly name: string;
  readonly end: ProcessEnd;
  readonly logFile: string;
  readonly lastLines: readonly string[];
}

/** The whole local stack, with everything that a test wants to look at or break. */
export interface Stack extends StandIns {
  /** The app's address. */
  readonly url: string;
  /** Opens the app's routes. */
  readonly key: string;
  readonly caFile: string;
  readonly kubeconfigFile: string;
  /** Where the command line finds `url` and `key`. */
  readonly localFile: string;
  readonly logDirectory: string;
  /** What the app was told. */
  readonly settings: Readonly<Record<string, string>>;
  readonly functionsHost: FunctionsHost;
  /** What time it is in the stack, and where others join it. */
  readonly time: Pick<StackTime, "clock" | "address">;
  /** Stops everything in reverse order; data stay. */
  stop(): Promise<void>;
}

interface Timed extends Prepared {
  readonly time: StackTime;
}

const REPOSITORY = path.resolve(import.meta.dirname, "../../..");
const LOOPBACK = "127.0.0.1";
const STOP_LIMIT_MS = 9500;

/**
 * Starts the local stack, all of it in this process but Azurite and the Functions host.
 *
 * @throws {UsageError} if the directory or a port is taken
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const undo = new Undo();
  try {
    return await assemble(options, undo);
  } catch (error) {
    await undo.run(STOP_LIMIT_MS).catch(() => undefined);
    throw error;
  }
}

async function assemble(options: StackOptions, undo: Undo): Promise<Stack> {
  const prepared = await prepare(
    { directory: options.directory, host: options.host ?? LOOPBACK, ports: options.ports ?? {} },
    undo,
  );
  const time = await enterTime(
    {
      directory: prepared.paths.directory,
      isVirtual: options.virtualTime === true,
      log: prepared.logs.open("clock").write,
    },
    undo,
  );
  return whileBusy(time.clock, () => startAll(options, { ...prepared, time }, undo));
}

async function startAll(options: StackOptions, prepared: Timed, undo: Undo): Promise<Stack> {
  const { time } = prepared;
  const starting = createStarting(undo, options.onProgress ?? ignore);
  const [standIns] = await together([
    startStandIns({ ...options, ...prepared, starting }),
    options.build === false ? undefined : starting("app", buildApp),
  ]);
  const settings = { ...settingsOf(standIns, prepared), ...time.settings, ...options.settings };
  const ends = watchEnds(options.onUnexpectedEnd ?? ignore, prepared.logs, standIns);
  const functionsHost = hostOf(options, prepared, settings, (end) =>
    ends.report("The Functions host", "functions-host", end),
  );
  if (options.startHost ?? true) {
    await starting("Functions host", () => functionsHost.start());
  }
  undo.defer("Functions host", () => functionsHost.stop());

  const { certificates, paths, secrets } = prepared;
  const stack = {
    ...standIns,
    url: functionsHost.url,
    key: secrets.hostKeys.function,
    caFile: certificates.caFile,
    kubeconfigFile: paths.kubeconfigFile,
    localFile: paths.localFile,
    logDirectory: paths.logDirectory,
    settings,
    functionsHost,
    time,
    async stop() {
      ends.expect();
      await undo.run(STOP_LIMIT_MS);
    },
  };
  writeLocalFile(stack);
  return stack;
}

function hostOf(
  { env, root }: StackOptions,
  { host, logs, paths, ports, secrets, time }: Timed,
  settings: Readonly<Record<string, string>>,
  onUnexpectedEnd: (end: ProcessEnd) => void,
): FunctionsHost {
  return createFunctionsHost({
    root: path.resolve(root ?? REPOSITORY),
    host,
    port: ports.host,
    dataDirectory: paths.functionsHost,
    keysFile: secrets.hostKeysFile,
    time,
    env: { NODE_COMPILE_CACHE: paths.compileCache, ...env, ...settings },
    log: logs.open("functions-host"),
    onUnexpectedEnd,
  });
}

function settingsOf(standIns: StandIns, prepared: Prepared): Readonly<Record<string, string>> {
  const { azurite, cluster, eventGrid, identity, registry } = standIns;
  const { certificates, ports, secrets } = prepared;
  return appSettings({
    clientId: identity.clientId,
    identityEndpoint: identity.endpoint,
    identityHeader: identity.header,
    blobServiceUrl: eventGrid.blobServiceUrl,
    hostBlobServiceUrl: azurite.blobServiceUrl,
    queueServiceUrl: azurite.queueServiceUrl,
    tableServiceUrl: azurite.tableServiceUrl,
    sasVersion: SAS_VERSION,
    registryLoginServer: registry.loginServer,
    kubernetesApiServer: cluster.url,
    kubernetesCaFile: cluster.caFile,
    publicBaseUrl: `http://rollforward.internal:${ports.host}`,
    datasetUrlKey: secrets.datasetUrlKey,
    caFile: certificates.caFile,
  });
}

/** Says how long each part took, and remembers how to stop it. */
function createStarting(undo: Undo, onProgress: (message: string) => void): Starting {
  return async (name, start) => {
    const startedAt = performance.now();
    const started = await start();
    if (started) undo.defer(name, () => started.stop());
    const seconds = (performance.now() - startedAt) / 1000;
    onProgress(`starting ${name}... ready in ${seconds.toFixed(1)} s`);
    return started;
  };
}

interface Ends {
  report(name: string, log: string, end: ProcessEnd): void;
  /** From now on processes are meant to end. */
  expect(): void;
}

function watchEnds(
  onUnexpectedEnd: (what: UnexpectedEnd) => void,
  logs: Logs,
  { azurite }: StandIns,
): Ends {
  let isExpected = false;
  const ends: Ends = {
    report(name, log, end) {
      const { lastLines, path: logFile } = logs.open(log);
      if (!isExpected) onUnexpectedEnd({ name, end, logFile, lastLines: lastLines() });
    },
    expect: () => (isExpected = true),
  };
  void azurite.ended.then((end) => {
    ends.report("Azurite", "azurite", end);
    return end;
  });
  return ends;
}

function writeLocalFile(stack: Omit<Stack, "stop">): void {
  const { caFile, key, kubeconfigFile: kubeconfig, localFile, url } = stack;
  const text = `${JSON.stringify({ url, key, kubeconfig, caFile }, null, 2)}\n`;
  writeFileSync(localFile, text, { mode: 0o600 });
  // The mode above is for a file that is new.
  chmodSync(localFile, 0o600);
}

function ignore(): void {
  // Nobody wants to know.
}
