import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

import type { TokenCredential } from "@azure/core-auth";
import { RestError } from "@azure/core-rest-pipeline";
import { BlobServiceClient } from "@azure/storage-blob";
import { type QueueReceiveMessageResponse, QueueServiceClient } from "@azure/storage-queue";
import { z } from "zod";

import {
  type Certificates,
  ensureCertificates,
} from "../../../../infra/local/certificates/certificates.ts";
import {
  type EventGrid,
  type EventGridOptions,
  startEventGrid,
} from "../../../../infra/local/event-grid/start-event-grid.ts";
import { type Identity, startIdentity } from "../../../../infra/local/identity/start-identity.ts";
import { type Azurite, startAzurite } from "../../../../infra/local/stack/azurite.ts";
import { identityCredential } from "../../../../infra/local/stack/identity-credential.ts";

const DEADLINE_MS = 10_000;
const PAUSE_MS = 20;

export const BlobCreated = z.looseObject({
  id: z.string(),
  type: z.string(),
  subject: z.string(),
  data: z.looseObject({
    api: z.string(),
    eTag: z.string(),
    contentLength: z.number(),
    contentType: z.string(),
    sequencer: z.string(),
    url: z.string(),
  }),
});
export type BlobCreated = z.infer<typeof BlobCreated>;

/** A real Azurite over TLS, with tokens of the identity endpoint. */
export interface Lab {
  readonly directory: string;
  readonly certificates: Certificates;
  readonly azurite: Azurite;
  readonly credential: TokenCredential;
  readonly ca: string;
  /** Whose tokens `credential` gets. */
  readonly identity: Identity;
  startEventGrid(options: Partial<EventGridOptions>): Promise<EventGrid>;
  blobs(blobServiceUrl: string): BlobServiceClient;
  queues(): QueueServiceClient;
  /** Reads the queue until so many events have come. */
  events(queue: string, count: number): Promise<readonly BlobCreated[]>;
  stop(): Promise<void>;
}

export async function startLab(): Promise<Lab> {
  const directory = await mkdtemp(path.join(tmpdir(), "event-grid-"));
  const [certificates, identity] = await Promise.all([
    ensureCertificates(path.join(directory, "certificates")),
    startIdentity({}),
  ]);
  const azurite = await startAzurite({
    host: "127.0.0.1",
    ports: { blob: 0, queue: 0, table: 0 },
    location: path.join(directory, "azurite"),
    certificates,
    log: (message) => process.stderr.write(`${message}\n`),
  });
  const credential = identityCredential(identity);
  const ca = readFileSync(certificates.caFile, "utf8");
  const queues = new QueueServiceClient(azurite.queueServiceUrl, credential, trusting(ca));
  const stops: (() => Promise<void>)[] = [];

  return {
    directory,
    certificates,
    azurite,
    credential,
    ca,
    identity,
    async startEventGrid(options) {
      const eventGrid = await startEventGrid({
        certificates,
        trustFile: certificates.caFile,
        blobUpstream: azurite.blobServiceUrl,
        queueServiceUrl: azurite.queueServiceUrl,
        credential,
        subscriptions: [],
        ...options,
      });
      stops.push(() => eventGrid.stop());
      return { ...eventGrid, stop: once(() => eventGrid.stop(), stops) };
    },
    blobs: (url) => new BlobServiceClient(url, credential, trusting(ca)),
    queues: () => queues,
    events: (queue, count) => receive(queues, queue, count),
    async stop() {
      for (const stop of stops.toReversed()) await stop();
      await azurite.stop();
      await identity.stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Options of a storage client; the core pipeline knows `tlsOptions`, only their type leaves it out. */
export function trusting(ca: string): { retryOptions: { maxTries: number } } {
  const options = { retryOptions: { maxTries: 1 }, tlsOptions: { ca } };
  return options;
}

/** What a test has stopped itself is not stopped again. */
function once(stop: () => Promise<void>, stops: (() => Promise<void>)[]): () => Promise<void> {
  const index = stops.length - 1;
  return async () => {
    stops[index] = async () => undefined;
    await stop();
  };
}

async function receive(
  queues: QueueServiceClient,
  name: string,
  count: number,
): Promise<readonly BlobCreated[]> {
  const queue = queues.getQueueClient(name);
  const events: BlobCreated[] = [];
  for (const deadline = Date.now() + DEADLINE_MS; events.length < count;) {
    if (Date.now() > deadline) throw new Error(`${events.length} of ${count} events came`);
    const { receivedMessageItems } = await queue
      .receiveMessages({ numberOfMessages: 32 })
      .catch(noneIfMissing);
    for (const { messageId, messageText, popReceipt } of receivedMessageItems) {
      const text = Buffer.from(messageText, "base64").toString("utf8");
      events.push(BlobCreated.parse(JSON.parse(text)));
      await queue.deleteMessage(messageId, popReceipt);
    }
    if (receivedMessageItems.length === 0) await setTimeout(PAUSE_MS);
  }
  return events;
}

/** The queue may not have been made yet. */
function noneIfMissing(error: unknown): Pick<QueueReceiveMessageResponse, "receivedMessageItems"> {
  if (error instanceof RestError && error.statusCode === 404) return { receivedMessageItems: [] };
  throw error;
}
