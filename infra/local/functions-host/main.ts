import path from "node:path";

import { Option } from "commander";

import { portNumber, type Running, runProgram } from "../program/program.ts";
import { enterRoot } from "./enter-root.ts";
import {
  createFaults,
  type FaultOptions,
  faultOptions,
  wholeNumber,
} from "./faults/fault-options.ts";
import { randomIds, seededIds } from "./ids.ts";
import { recordCommand } from "./histories/record-command.ts";
import { replayCommand } from "./histories/replay-command.ts";
import { formatAsJson, formatForPeople, type LogEntry } from "./log.ts";
import { readLocalPort } from "./settings/local-settings.ts";
import { printFunctions } from "./print-functions.ts";
import { type FunctionsHost, startFunctionsHost } from "./start-functions-host.ts";
import { enterTime, timeOptions, type TimeOptions } from "./virtual-time.ts";

interface HostProgramOptions extends FaultOptions, TimeOptions {
  readonly root: string;
  readonly host: string;
  readonly port?: number;
  readonly data?: string;
  readonly memory: boolean;
  readonly strict: boolean;
  readonly keys?: string;
  readonly enableAuth: boolean;
  readonly json: boolean;
}

/** As `func start`. */
const DEFAULT_PORT = 7071;

await runProgram<HostProgramOptions>({
  name: "host",
  summary:
    "Runs an Azure Functions app for Node (model v4), Durable Functions included, on this machine.",
  subcommand: {
    name: "start",
    summary: "Start an app and keep it running until it is interrupted.",
  },
  tasks: [replayCommand, recordCommand],
  options: [
    new Option("--root <directory>", "the app: where its host.json is").default("."),
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option(
      "--port <number>",
      "port to listen on, 0 for any (default: Host.LocalHttpPort of local.settings.json, or 7071)",
    ).argParser(portNumber),
    new Option(
      "--data <directory>",
      "where orchestrations and keys are kept (default: <root>/.rollforward/functions-host)",
    ),
    new Option("--memory", "forget orchestrations and keys at the end")
      .default(false)
      .conflicts("data"),
    new Option(
      "--strict",
      "call each orchestrator twice, and fail those that do not answer the same",
    ).default(false),
    new Option(
      "--keys <file>",
      'use these keys: {"master": "...", "function": "...", "system": "..."}',
    ),
    new Option(
      "--enable-auth",
      "ask for keys on the loopback address, too; elsewhere they are always needed",
    ).default(false),
    new Option(
      "--seed <number>",
      "the same ids, and the same faults of --chaos, each time",
    ).argParser(wholeNumber),
    ...timeOptions(),
    ...faultOptions(),
  ],
  start,
});

async function start(options: HostProgramOptions): Promise<Running> {
  const root = path.resolve(options.root);
  const data = path.resolve(options.data ?? path.join(root, ".rollforward", "functions-host"));
  const keysFile = options.keys === undefined ? undefined : path.resolve(options.keys);
  const faults = createFaults(options);
  const ids = options.seed === undefined ? randomIds : seededIds(options.seed);
  enterRoot(root);
  showSources(options.strict);

  const format = options.json ? formatAsJson : formatForPeople;
  const log = (entry: LogEntry): void => void process.stderr.write(`${format(entry)}\n`);
  const dataDirectory = options.memory ? undefined : data;
  const time = await enterTime(options, dataDirectory, (message) =>
    log({ time: new Date().toISOString(), level: "warning", category: "Host.Clock", message }),
  );
  const { clock, advance, facts: timeFacts } = time;
  const host = await startFunctionsHost({
    root,
    host: options.host,
    port: options.port ?? readLocalPort(root) ?? DEFAULT_PORT,
    dataDirectory,
    keysFile,
    enableAuth: options.enableAuth,
    isProcessOfApp: true,
    env: process.env,
    log,
    clock,
    ...(advance && { advance }),
    faults,
    ids,
    isStrict: options.strict,
  });
  const { url, port, functions } = host;
  const facts = { url, port, ...keysOf(host.keys, options.memory, keysFile, data), ...timeFacts };
  return {
    ready: options.json ? { ...facts, functions } : facts,
    notice: printFunctions({ ...host, origin: originForPeople(host, options.host) }),
    async stop() {
      await host.stop();
      await time.leave();
    },
  };
}

/** As `func start` writes it: a name that is the same on each machine. */
function originForPeople({ url, port }: FunctionsHost, address: string): string {
  return ["127.0.0.1", "0.0.0.0", "::"].includes(address) ? `http://localhost:${port}` : url;
}

/** Made keys that are in no file are told here, because there is no other way to learn them. */
function keysOf(
  keys: object,
  isInMemory: boolean,
  keysFile: string | undefined,
  data: string,
): object {
  if (keysFile !== undefined) return { keysFile };
  return isInMemory ? { keys } : { keysFile: path.join(data, "host-keys.json") };
}

/** The lines of what a strict host finds are then those that people wrote. Only files that are loaded later have them. */
function showSources(isWanted: boolean): void {
  if (isWanted) process.setSourceMapsEnabled(true);
}
