import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { Option } from "commander";

import { ensureCertificates } from "../certificates/certificates.ts";
import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { startRegistry } from "./start-registry.ts";

const PASSWORD_BYTES = 18;

interface Options {
  readonly host: string;
  readonly port: number;
  readonly data?: string;
  readonly certificates?: string;
  readonly user: Readonly<Record<string, string>>;
  readonly anonymousPull: boolean;
  readonly jwks?: string;
  readonly audience?: string;
  readonly maxBlobBytes?: number;
  readonly quiet: boolean;
}

await runProgram<Options>({
  name: "registry",
  summary:
    "An OCI registry with Azure Container Registry's own routes, tokens and locks, over TLS, for one machine.",
  options: [
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--port <number>", "port to listen on, 0 for any")
      .default(5443)
      .argParser(portNumber),
    new Option("--data <directory>", "keep images here over restarts (default: nothing is kept)"),
    new Option("--certificates <directory>", "certificates (default: in the data directory)"),
    new Option(
      "--user <name:SETTING>",
      "a user, and the environment variable that has the password; may be repeated (default: admin, with a password made at the start)",
    )
      .default({})
      .argParser(addUser),
    new Option("--anonymous-pull", "strangers may pull").default(false),
    new Option("--jwks <url>", "take Entra tokens that these keys signed"),
    new Option(
      "--audience <name>",
      "audience of those tokens (default: https://containerregistry.azure.net)",
    ),
    new Option("--max-blob-bytes <number>", "largest blob (default: 10 GiB)").argParser(byteCount),
    new Option("--quiet", "no line on standard error for each request").default(false),
  ],
  start,
});

async function start(options: Options): Promise<Running> {
  const { anonymousPull, audience, data, host, jwks, maxBlobBytes, port, quiet } = options;
  if (audience !== undefined && jwks === undefined) {
    throw new UsageError("--audience needs --jwks: say whose tokens are to be taken.");
  }
  const made = makeUser(options);
  const directory = takeDirectory(data);
  const { caFile, ...certificates } = await ensureCertificates(
    path.resolve(options.certificates ?? path.join(directory.path, "certificates")),
  );
  const registry = await startRegistry({
    host,
    port,
    dataDirectory: directory.path,
    certificates,
    users: { ...options.user, ...(made && { [made.user]: made.password }) },
    anonymousPull,
    maxBlobBytes,
    tokenIssuer: jwks === undefined ? undefined : { jwksUrl: jwks, audience },
    log: (message) => {
      if (!quiet || message.startsWith("error")) process.stderr.write(`${message}\n`);
    },
  }).catch((error: unknown) => {
    directory.forget();
    throw error;
  });
  return {
    ready: {
      url: registry.url,
      loginServer: registry.loginServer,
      caFile,
      ...made,
      // oras takes "localhost" for a registry without TLS unless it is told otherwise.
      try: `SSL_CERT_FILE=${caFile} oras login --plain-http=false ${registry.loginServer}`,
    },
    async stop() {
      await registry.stop();
      directory.forget();
    },
  };
}

/** A registry that nobody can log in to is of no use. What is made is told once, by the ready message. */
function makeUser({ jwks, user }: Options): { user: string; password: string } | undefined {
  const isNamed = Object.keys(user).length > 0 || jwks !== undefined;
  return isNamed
    ? undefined
    : { user: "admin", password: randomBytes(PASSWORD_BYTES).toString("base64url") };
}

/** Without a name from the person who starts this, nothing is kept. */
function takeDirectory(named: string | undefined): { path: string; forget(): void } {
  if (named !== undefined) return { path: path.resolve(named), forget: () => undefined };
  const made = mkdtempSync(path.join(os.tmpdir(), "registry-"));
  return { path: made, forget: () => rmSync(made, { recursive: true, force: true }) };
}

/** The password comes from a setting: the command line of a process is for everybody to read. */
function addUser(
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, name, setting] = /^([^:]+):([A-Za-z_]\w*)$/.exec(text) ?? [];
  if (name === undefined || setting === undefined) {
    throw new UsageError(
      `'${text}' is no user: write name:SETTING, with the password in the environment variable SETTING.`,
    );
  }
  const password = process.env[setting];
  if (!password) {
    throw new UsageError(`The environment variable ${setting}, password of ${name}, is not set.`);
  }
  return { ...before, [name]: password };
}

function byteCount(text: string): number {
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError(`'${text}' is no number of bytes.`);
}
