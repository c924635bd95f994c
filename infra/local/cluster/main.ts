import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { Option } from "commander";

import { holdDataDirectory } from "../program/data-directory.ts";
import { portNumber, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { startCluster } from "./start-cluster.ts";

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
  ],
  start,
});

async function start(options: Options) {
  const { audience, data, host, jwks, kubeconfig, port, trust } = options;
  if ((jwks === undefined) !== (audience === undefined)) {
    throw new UsageError("--jwks and --audience belong together: give both, or none.");
  }
  const hold = data === undefined ? undefined : holdDataDirectory(data);
  const scratch = data ?? (await mkdtemp(path.join(os.tmpdir(), "cluster-")));
  const cluster = await startCluster({
    host,
    port,
    dataDirectory: data,
    certificatesDirectory: options.certificates ?? path.join(scratch, "certificates"),
    kubeconfigFile: kubeconfig ?? path.join(scratch, "kubeconfig.yaml"),
    ...(jwks !== undefined &&
      audience !== undefined && { tokenIssuer: { jwksUrl: jwks, audience } }),
    hostAliases: options.hostAlias,
    trustFile: trust,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  return {
    ready: {
      url: cluster.url,
      kubeconfig: cluster.kubeconfigFile,
      caFile: cluster.caFile,
      try: `kubectl --kubeconfig ${cluster.kubeconfigFile} get workspaces --all-namespaces`,
    },
    async stop() {
      await cluster.stop();
      hold?.release();
      if (data === undefined) await rm(scratch, { recursive: true, force: true });
    },
  };
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
