import path from "node:path";

import { ManagedIdentityCredential } from "@azure/identity";
import { Option } from "commander";

import { ensureCertificates } from "../certificates/certificates.ts";
import { portNumber, type Running, runProgram } from "../program/program.ts";
import { UsageError } from "../program/usage-error.ts";
import { startEventGrid } from "./start-event-grid.ts";

interface Options {
  readonly host: string;
  readonly port: number;
  readonly blobService: string;
  readonly queueService: string;
  readonly queue: string;
  readonly container?: string;
  readonly subjectBeginsWith?: string;
  readonly certificates: string;
  readonly trust?: string;
  readonly journal?: string;
  readonly duplicates: number;
  readonly delay: number;
  readonly shuffle: boolean;
}

await runProgram<Options>({
  name: "event-grid",
  summary:
    "Blob events for Azurite: a proxy in front of its blob service that puts Event Grid's BlobCreated into a queue.",
  options: [
    new Option("--host <address>", "address to listen on").default("127.0.0.1"),
    new Option("--port <number>", "port to listen on, 0 for any")
      .default(7073)
      .argParser(portNumber),
    new Option("--blob-service <url>", "Azurite's blob service, over TLS").default(
      "https://127.0.0.1:10000/devstoreaccount1",
    ),
    new Option("--queue-service <url>", "Azurite's queue service, over TLS").default(
      "https://127.0.0.1:10001/devstoreaccount1",
    ),
    new Option("--queue <name>", "the queue that gets the events").default("dataset-events"),
    new Option("--container <name>", "only blobs of this container"),
    new Option("--subject-begins-with <text>", "only events whose subject begins so"),
    new Option("--certificates <directory>", "certificates, made if missing").default(
      path.join(".rollforward", "certificates"),
    ),
    new Option("--trust <file>", "PEM of Azurite's authority (default: that of --certificates)"),
    new Option("--journal <file>", "keep events here until they are delivered (default: not kept)"),
    new Option("--duplicates <part>", "part of the events that comes twice, 0 to 1")
      .default(0)
      .argParser(part),
    new Option("--delay <ms>", "deliver so much later").default(0).argParser(milliseconds),
    new Option("--shuffle", "deliver in another order").default(false),
  ],
  start,
});

async function start(options: Options): Promise<Running> {
  const { container, delay, duplicates, host, port, queue, shuffle } = options;
  const { caFile, ...certificates } = await ensureCertificates(path.resolve(options.certificates));
  const eventGrid = await startEventGrid({
    host,
    port,
    certificates,
    trustFile: options.trust ?? caFile,
    blobUpstream: options.blobService,
    queueServiceUrl: options.queueService,
    credential: credentialOf(process.env),
    subscriptions: [{ queueName: queue, container, subjectBeginsWith: options.subjectBeginsWith }],
    journalFile: options.journal,
    disorder: { duplicates, delayMs: delay, shuffle },
    log: (message) => process.stderr.write(`${message}\n`),
  });
  return {
    ready: { blobServiceUrl: eventGrid.blobServiceUrl, queue, caFile },
    stop: () => eventGrid.stop(),
  };
}

function credentialOf(env: NodeJS.ProcessEnv): ManagedIdentityCredential {
  const clientId = env["AZURE_CLIENT_ID"];
  if (!env["IDENTITY_ENDPOINT"] || !env["IDENTITY_HEADER"] || !clientId) {
    throw new UsageError(
      "Set IDENTITY_ENDPOINT, IDENTITY_HEADER and AZURE_CLIENT_ID, as infra/local/identity prints them.",
    );
  }
  return new ManagedIdentityCredential({ clientId });
}

function part(text: string): number {
  const value = Number(text);
  if (value >= 0 && value <= 1) return value;
  throw new UsageError(`'${text}' is no part: use a number from 0 to 1.`);
}

function milliseconds(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError(`'${text}' is no number of milliseconds.`);
}
