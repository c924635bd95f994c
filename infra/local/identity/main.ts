import { Option } from "commander";

import { holdDataDirectory } from "../program/data-directory.ts";
import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { startIdentity } from "./start-identity.ts";

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly issuerKey?: string;
  readonly lifetime?: number;
}

await runProgram<Options>({
  name: "identity",
  summary: "App Service's managed-identity endpoint, with signed tokens, for one machine.",
  options: [
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--port <number>", "port to listen on, 0 for any")
      .default(7072)
      .argParser(portNumber),
    new Option("--data <directory>", "keep the identity and its key here (default: not kept)"),
    new Option("--issuer-key <file>", "PEM of the key that signs, made if missing"),
    new Option("--lifetime <seconds>", "how long a token is good (default: a day)").argParser(
      seconds,
    ),
  ],
  start,
});

async function start(options: Options): Promise<Running> {
  const { data, host, issuerKey, lifetime, port } = options;
  const hold = data === undefined ? undefined : holdDataDirectory(data);
  const identity = await startIdentity({
    host,
    port,
    dataDirectory: data,
    issuerKeyFile: issuerKey,
    lifetimeSeconds: lifetime,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  return {
    ready: {
      IDENTITY_ENDPOINT: identity.endpoint,
      IDENTITY_HEADER: identity.header,
      AZURE_CLIENT_ID: identity.clientId,
      principalId: identity.principalId,
      tenantId: identity.tenantId,
      jwksUrl: identity.jwksUrl,
    },
    async stop() {
      await identity.stop();
      hold?.release();
    },
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new UsageError(`'${text}' is no number of seconds.`);
}
