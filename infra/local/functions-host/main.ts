import path from "node:path";

import { Option } from "commander";

import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { createCrashPoints } from "./crash-points.ts";
import { formatAsJson, formatForPeople } from "./log.ts";
import { startFunctionsHost } from "./start-functions-host.ts";

interface HostProgramOptions {
  readonly root: string;
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly memory: boolean;
  readonly keys?: string;
  readonly crashAt: readonly string[];
  readonly json: boolean;
}

await runProgram<HostProgramOptions>({
  name: "host",
  summary:
    "Runs an Azure Functions app for Node (model v4), Durable Functions included, on this machine.",
  subcommand: {
    name: "start",
    summary: "Start an app and keep it running until it is interrupted.",
  },
  options: [
    new Option("--root <directory>", "the app: where its host.json is").default("."),
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--port <number>", "port to listen on, 0 for any")
      .default(7071)
      .argParser(portNumber),
    new Option(
      "--data <directory>",
      "where orchestrations and keys are kept (default: <root>/.rollforward/functions-host)",
    ),
    new Option("--memory", "forget orchestrations and keys at the end")
      .default(false)
      .conflicts("data"),
    new Option(
      "--keys <file>",
      'use these keys: {"master": "...", "function": "...", "system": "..."}',
    ),
    new Option(
      "--crash-at <point>",
      "kill this process there, for tests; may be repeated: before-commit:<activity>:<n>, after-commit:<activity>:<n>, before-commit:orchestration:<name>:<n>",
    )
      .default([])
      .argParser((point: string, points: readonly string[]) => [...points, point]),
  ],
  start,
});

async function start(options: HostProgramOptions): Promise<Running> {
  const root = path.resolve(options.root);
  const data = path.resolve(options.data ?? path.join(root, ".rollforward", "functions-host"));
  const keysFile = options.keys === undefined ? undefined : path.resolve(options.keys);
  const faults = createCrashPoints(options.crashAt);
  enter(root);

  const format = options.json ? formatAsJson : formatForPeople;
  const host = await startFunctionsHost({
    root,
    host: options.host,
    port: options.port,
    dataDirectory: options.memory ? undefined : data,
    keysFile,
    env: process.env,
    log: (entry) => process.stderr.write(`${format(entry)}\n`),
    faults,
  });
  const { url, port, functions } = host;
  return {
    ready: { url, port, ...keysOf(host.keys, options.memory, keysFile, data), functions },
    stop: () => host.stop(),
  };
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

/** Workers run in the app's directory, and apps read files relative to it. */
function enter(root: string): void {
  try {
    process.chdir(root);
  } catch (error) {
    throw new UsageError(`The directory ${root} cannot be entered. Choose the app with --root.`, {
      cause: error,
    });
  }
}
