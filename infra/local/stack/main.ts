import { Option } from "commander";

import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { describeEnd } from "./functions-host.ts";
import { PORTS } from "./ports.ts";
import { type Stack, startStack, type UnexpectedEnd } from "./start-stack.ts";

interface Options {
  readonly data: string;
  readonly host: string;
  readonly port?: number;
  readonly identityPort?: number;
  readonly blobPort?: number;
  readonly azuriteBlobPort?: number;
  readonly queuePort?: number;
  readonly tablePort?: number;
  readonly registryPort?: number;
  readonly clusterPort?: number;
  readonly set: Readonly<Record<string, string>>;
  readonly build: boolean;
  readonly virtualTime: boolean;
}

/** What a process needs to be one, and the secrets that pipelines may name. */
const INHERITED = /^(?:PATH|HOME|TMPDIR|TZ|LANG|LC_.*|ROLLFORWARD_SECRET_.*)$/;

await runProgram<Options>({
  name: "stack",
  summary:
    "The whole of Rollforward on this machine: the app, Azurite, blob events, identity, registry and cluster.",
  options: [
    new Option("--data <directory>", "everything is kept here").default(".rollforward"),
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    portOption("host", "port of the app"),
    portOption("identity", "port of the identity endpoint"),
    portOption("blob", "port of the blob service that raises events"),
    portOption("azuriteBlob", "port of Azurite's blob service"),
    portOption("queue", "port of Azurite's queue service"),
    portOption("table", "port of Azurite's table service"),
    portOption("registry", "port of the registry"),
    portOption("cluster", "port of the Kubernetes API"),
    new Option("--set <NAME=value>", "a setting of the app; may be repeated")
      .default({}, "none")
      .argParser(setting),
    new Option(
      "--virtual-time",
      "time jumps to the next thing to do whenever nothing runs; for good in this data directory",
    ).default(false),
    new Option("--no-build", "start the app as it was built last"),
  ],
  start,
});

async function start(options: Options): Promise<Running> {
  let stack: Stack | undefined;
  stack = await startStack({
    directory: options.data,
    host: options.host,
    ports: portsOf(options),
    build: options.build,
    virtualTime: options.virtualTime,
    settings: options.set,
    env: inherited(process.env),
    onProgress: say,
    onUnexpectedEnd: (what) => void endBecause(what, stack),
  });
  return { ready: describe(stack), stop: () => stack.stop() };
}

function describe(stack: Stack): Readonly<Record<string, unknown>> {
  return {
    url: stack.url,
    blobServiceUrl: stack.eventGrid.blobServiceUrl,
    queueServiceUrl: stack.azurite.queueServiceUrl,
    tableServiceUrl: stack.azurite.tableServiceUrl,
    registry: stack.registry.loginServer,
    kubernetes: stack.cluster.url,
    kubeconfig: stack.kubeconfigFile,
    identity: stack.identity.endpoint,
    caFile: stack.caFile,
    keyFile: stack.localFile,
    logs: stack.logDirectory,
    ...(stack.time.address !== undefined && { clock: stack.time.address }),
  };
}

/** Without its host the stack is of no use to anybody, and with a dead Azurite it only looks alive. */
async function endBecause(what: UnexpectedEnd, stack: Stack | undefined): Promise<void> {
  const lines = what.lastLines.map((line) => `  ${line}`).join("\n");
  say(`${what.name} ${describeEnd(what.end)}. Its last lines, in ${what.logFile}:\n${lines}`);
  await stack?.stop().catch((error: unknown) => say(String(error)));
  process.exit(1);
}

function portsOf(options: Options) {
  const { azuriteBlobPort, blobPort, clusterPort, identityPort, port } = options;
  const { queuePort, registryPort, tablePort } = options;
  return {
    ...(port !== undefined && { host: port }),
    ...(identityPort !== undefined && { identity: identityPort }),
    ...(blobPort !== undefined && { blob: blobPort }),
    ...(azuriteBlobPort !== undefined && { azuriteBlob: azuriteBlobPort }),
    ...(queuePort !== undefined && { queue: queuePort }),
    ...(tablePort !== undefined && { table: tablePort }),
    ...(registryPort !== undefined && { registry: registryPort }),
    ...(clusterPort !== undefined && { cluster: clusterPort }),
  };
}

function portOption(name: keyof typeof PORTS, what: string): Option {
  const { option, usual } = PORTS[name];
  return new Option(
    `${option} <number>`,
    `${what}, 0 for any (default: as last time, at first ${usual})`,
  ).argParser(portNumber);
}

function setting(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError(`'${text}' is no setting: write NAME=value.`);
  }
  return { ...before, [name]: value };
}

function inherited(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && INHERITED.test(name) ? [[name, value]] : [],
    ),
  );
}

function say(message: string): void {
  process.stderr.write(`${message}\n`);
}
