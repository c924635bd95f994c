import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import { rootCertificates } from "node:tls";

import type { TokenCredential } from "@azure/core-auth";

import { listen } from "../program/listen.ts";
import { readInTurn } from "../program/read-in-turn.ts";
import { BlobFront } from "./blob-front.ts";
import { Delivery } from "./delivery.ts";
import { Disorder } from "./disorder.ts";
import { type Journal, openJournal } from "./journal.ts";
import { connectStorage, type Storage } from "./storage.ts";
import type { Subscription } from "./subscription.ts";

export interface EventGridOptions {
  readonly host?: string | undefined;
  /** 0 lets the system choose. */
  readonly port?: number | undefined;
  readonly certificates: { readonly certFile: string; readonly keyFile: string };
  /** PEM of the authority that signed the certificates of the storage services. */
  readonly trustFile?: string | undefined;
  /** The blob service, with the account: `https://127.0.0.1:10000/devstoreaccount1`. */
  readonly blobUpstream: string;
  readonly queueServiceUrl: string;
  /** For the queues, and for a look at blobs that were put together from blocks. */
  readonly credential: TokenCredential;
  readonly subscriptions: readonly Subscription[];
  /** Events that are not in their queue yet; without it they are forgotten at the end. */
  readonly journalFile?: string | undefined;
  readonly disorder?: Partial<Disorder> | undefined;
  /** Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
  readonly log?: ((message: string) => void) | undefined;
}

export interface EventGrid {
  /** For clients, instead of the upstream's. */
  readonly blobServiceUrl: string;
  /** Changes how events are delivered from now on, as the control route does. */
  disturb(disorder: Partial<Disorder>): void;
  /** Messages that are not in their queue yet. */
  pending(): number;
  stop(): Promise<void>;
}

/** A dataset may be large and a laptop slow; a request that never ends must still end. */
const REQUEST_TIMEOUT_MS = 30 * 60_000;
const SETTLE_LIMIT_MS = 2000;
/** Longer than clients keep an idle connection: they shall not write into one that is closing. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Starts a blob service that is the upstream's, and that also raises events.
 *
 * @throws {UsageError} if the port or the journal is taken
 */
export async function startEventGrid(options: EventGridOptions): Promise<EventGrid> {
  const { host = "127.0.0.1", log = ignore } = options;
  const journal = openJournal(options.journalFile);
  try {
    return await serve({ ...options, host, log }, journal);
  } catch (error) {
    journal.close();
    throw error;
  }
}

type Settled = EventGridOptions & {
  readonly host: string;
  readonly log: (message: string) => void;
};

async function serve(options: Settled, journal: Journal): Promise<EventGrid> {
  const { certificates, host, log } = options;
  const url = new URL(options.blobUpstream);
  const agent = new https.Agent({ keepAlive: true, ...trust(options.trustFile) });
  const storage = connectStorage({ ...options, blobServiceUrl: options.blobUpstream });
  const front = new BlobFront({
    upstream: { url, agent },
    subscriptions: options.subscriptions,
    disorder: Disorder.parse(options.disorder ?? {}),
    random: options.random ?? Math.random,
    storage,
    journal,
    log,
  });
  const server = https.createServer(
    {
      cert: readFileSync(certificates.certFile),
      key: readFileSync(certificates.keyFile),
      requestTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request: IncomingMessage, response: ServerResponse) => void front.handle(request, response),
  );
  readInTurn(server);
  const port = await listen(server, { host, port: options.port ?? 0, option: "--port" });
  front.origin = `https://${host}:${port}`;

  const delivery = new Delivery({ journal, storage, log });
  front.onEvent = () => delivery.notify();
  await ensureQueues(storage, options);
  return {
    blobServiceUrl: `${front.origin}${url.pathname.replace(/\/$/, "")}`,
    disturb: (disorder) => (front.disorder = Disorder.parse(disorder)),
    pending: () => journal.count(),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      // An upstream that does not answer any more is not waited for.
      const timer = setTimeout(() => agent.destroy(), SETTLE_LIMIT_MS);
      await front.settled();
      clearTimeout(timer);
      await delivery.stop();
      agent.destroy();
      journal.close();
    },
  };
}

/** Whoever reads a queue wants it to be there; if it cannot be made yet, the first event makes it. */
async function ensureQueues(storage: Storage, { log, subscriptions }: Settled): Promise<void> {
  const names = new Set(subscriptions.map(({ queueName }) => queueName));
  for (const name of names) {
    await storage.ensureQueue(name).catch((error: unknown) => {
      log(`queue ${name} cannot be made yet: ${error instanceof Error ? error.message : "?"}`);
    });
  }
}

function trust(file: string | undefined): { ca?: string[] } {
  return file === undefined ? {} : { ca: [...rootCertificates, readFileSync(file, "utf8")] };
}

function ignore(): void {
  // Nobody asked for it.
}
