import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { Option } from "commander";

import { whileBusy } from "../program/clock/busy.ts";
import { type Clock, systemClock } from "../program/clock/clock.ts";
import { installDate } from "../program/clock/install-date.ts";
import { joinClock } from "../program/clock/join-clock.ts";
import { holdDataDirectory } from "../program/data-directory.ts";
import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import type { TokenIssuer } from "./api/http/authenticate.ts";
import { VIRTUAL_TIMINGS } from "./controllers/timings.ts";
import { VIRTUAL_TIMINGS as VIRTUAL_NODE_TIMINGS } from "./node/timings.ts";
import { type ClusterOptions, startCluster } from "./start-cluster.ts";

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly certificates?: string;
  readonly kubeconfig?: string;
  readonly hostAlias: Readonly<Record<string, string>>;
  readonly trust?: string;
  readonly jwks?: string;
  readonly audience?: string;
  readonly clock?: string;
}

await runProgram<Options>({
  name: "cluster",
  summary:
    "A Kubernetes API with KAITO's behaviour and a fake GPU node, for one machine. kubectl works against it.",
  options: [
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--port <number>", "port of the API").default(6443).argParser(portNumber),
    new Option("--data <directory>", "keep objects here over restarts (default: nothing is kept)"),
    new Option("--certificates <directory>", "certificates (default: in the data directory)"),
    new Option("--kubeconfig <file>", "write the kubeconfig here (default: beside certificates)"),
    new Option("--host-alias <name=address>", "a name that pods resolve; may be repeated")
      .default({})
      .argParser(hostAlias),
    new Option("--trust <file>", "PEM of an authority that pods trust (default: our own)"),
    new Option("--jwks <url>", "take tokens that these keys signed"),
    new Option("--audience <name>", "the audience of those tokens"),
    new Option("--clock <address>", "live in the virtual time of the program that printed this"),
  ],
  start,
});

async function start(options: Options): Promise<Running> {
  const tokenIssuer = tokenIssuerOf(options);
  const { data } = options;
  const time = await enterTime(options.clock);
  try {
    const hold = data === undefined ? undefined : holdDataDirectory(data);
    const scratch = data ?? (await mkdtemp(path.join(os.tmpdir(), "cluster-")));
    const cluster = await whileBusy(time.clock, () =>
      startCluster({
        host: options.host,
        port: options.port,
        dataDirectory: data,
        certificatesDirectory: options.certificates ?? path.join(scratch, "certificates"),
        kubeconfigFile: options.kubeconfig ?? path.join(scratch, "kubeconfig.yaml"),
        tokenIssuer,
        hostAliases: options.hostAlias,
        trustFile: options.trust,
        clock: time.clock,
        timings: time.timings,
        nodeTimings: time.nodeTimings,
        log,
      }),
    );
    return {
      ready: {
        url: cluster.url,
        kubeconfig: cluster.kubeconfigFile,
        caFile: cluster.caFile,
        try: `kubectl --kubeconfig ${cluster.kubeconfigFile} get workspaces --all-namespaces`,
      },
      async stop() {
        await cluster.stop();
        time.leave();
        hold?.release();
        if (data === undefined) await rm(scratch, { recursive: true, force: true });
      },
    };
  } catch (error) {
    time.leave();
    throw error;
  }
}

function tokenIssuerOf({ audience, jwks }: Options): TokenIssuer | undefined {
  if (jwks !== undefined && audience !== undefined) return { jwksUrl: jwks, audience };
  if (jwks === audience) return undefined;
  throw new UsageError("--jwks and --audience belong together: give both, or none.");
}

interface Time extends Pick<ClusterOptions, "timings" | "nodeTimings"> {
  readonly clock: Clock;
  leave(): void;
}

/** Real time, or that of another program; then `Date` tells it, too. */
async function enterTime(address: string | undefined): Promise<Time> {
  if (address === undefined) return { clock: systemClock, leave: () => undefined };
  const onLost = (): void => log("the owner of the clock is gone: time stands still");
  const clock = await joinClock(address, { name: "cluster", onLost });
  installDate(clock);
  return {
    clock,
    timings: VIRTUAL_TIMINGS,
    nodeTimings: VIRTUAL_NODE_TIMINGS,
    leave: () => clock.leave(),
  };
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}

function hostAlias(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [name, address] = text.split("=");
  if (!name || !address) {
    throw new UsageError(`'${text}' is no alias: write name=address or name=address:port.`);
  }
  return { ...before, [name]: address };
}
