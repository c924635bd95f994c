import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { type BlobFunction, runOnBlob } from "./blob-function.ts";
import { type BlobVersion, functionIdOf } from "./blob-receipts.ts";
import { QueueListener, UndeliverableMessage } from "./queue-listener.ts";
import { HOST_CONNECTION } from "./host-connection.ts";
import type { Trigger, TriggerParts } from "./trigger.ts";

/** What is to be done: a function is to run on a blob (BlobTriggerMessage.cs). */
const BlobMessage = z.object({
  Type: z.literal("BlobTrigger"),
  FunctionId: z.string(),
  BlobType: z.string(),
  ContainerName: z.string(),
  BlobName: z.string(),
  ETag: z.string(),
});
type BlobMessage = z.infer<typeof BlobMessage>;

const POISON_QUEUE = "webjobs-blobtrigger-poison";

/** What the service gives at once. */
const LARGEST_BATCH = 32;

/**
 * The blobs that functions are to run on, in a queue of the host, so that a host that is killed forgets none
 * (SharedBlobQueueListenerFactory.cs, BlobQueueTriggerExecutor.cs).
 */
export class BlobWork implements Trigger {
  readonly #parts: TriggerParts;
  readonly #functions: ReadonlyMap<string, BlobFunction>;
  readonly #queue: QueueClient;
  readonly #listener: QueueListener;
  /** A blob that is in the queue twice must not run twice at the same time. */
  readonly #running = new Set<string>();

  /** @throws {UsageError} if the host has no storage */
  constructor(functions: readonly BlobFunction[], parts: TriggerParts) {
    this.#parts = parts;
    this.#functions = new Map(functions.map((each) => [functionIdOf(each.fn), each]));
    const [first] = functions;
    this.#queue = parts.storage
      .queues(HOST_CONNECTION, first?.fn.name ?? "")
      .getQueueClient(`azure-webjobs-blobtrigger-${parts.hostId}`);
    const { maxDegreeOfParallelism, poisonBlobThreshold } = parts.blobs;
    // As there: half of what may run is taken at once.
    const batchSize = Math.min(LARGEST_BATCH, Math.floor(maxDegreeOfParallelism / 2) + 1);
    this.#listener = new QueueListener({
      queue: this.#queue,
      batchSize,
      newBatchThreshold: maxDegreeOfParallelism - batchSize,
      maxDequeueCount: poisonBlobThreshold,
      visibilityTimeoutMs: 0,
      longestWaitMs: parts.queues.maxPollingInterval,
      work: (message, signal) => this.#work(read(message), signal),
      poison: (message) => this.#poison(message),
      log: (level, text, item) => this.#log(level, text, item && tryRead(item)),
    });
  }

  start(): void {
    this.#listener.start();
  }

  async stop(): Promise<void> {
    await this.#listener.stop();
  }

  /** After this, the function runs on the blob sooner or later. */
  async add(functionId: string, version: BlobVersion, blobType: string): Promise<void> {
    const message: BlobMessage = {
      Type: "BlobTrigger",
      FunctionId: functionId,
      BlobType: blobType,
      ContainerName: version.container,
      BlobName: version.blob,
      ETag: version.etag,
    };
    await send(this.#queue, Buffer.from(JSON.stringify(message)).toString("base64"));
    this.#listener.wake();
  }

  async #work(message: BlobMessage, signal: AbortSignal): Promise<void> {
    const blobFunction = this.#functions.get(message.FunctionId);
    if (!blobFunction) {
      this.#tell(message, "is not run on it: there is no such function, or it is disabled");
      return;
    }
    const version = versionOf(message);
    const key = `${message.FunctionId} ${JSON.stringify(version)}`;
    const { receipts } = blobFunction;
    if (receipts && this.#running.has(key)) return;
    // Before the first wait: the same blob may be in the queue twice, and both messages in one batch.
    this.#running.add(key);
    try {
      if ((await receipts?.isDone(version)) === true) return;
      const isThere = await runOnBlob(blobFunction, version, this.#parts, signal);
      if (isThere) await receipts?.markDone(version);
      else
        this.#tell(message, "is not run on it: it is not there any more, or it was written again");
    } finally {
      this.#running.delete(key);
    }
  }

  /** In the account of the blob; in the host's, if that one has no queues. */
  async #poison(item: DequeuedMessageItem): Promise<void> {
    const message = tryRead(item);
    await send(this.#poisonQueueOf(message), item.messageText);
    if (message) this.#tell(message, `failed too often, and was moved to '${POISON_QUEUE}'`);
  }

  #poisonQueueOf(message: BlobMessage | undefined): QueueClient {
    const { storage } = this.#parts;
    const { fn, connection } = this.#functions.get(message?.FunctionId ?? "") ?? {};
    const name = fn?.name ?? "";
    try {
      return storage.queues(connection ?? "", name).getQueueClient(POISON_QUEUE);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return storage.queues(HOST_CONNECTION, name).getQueueClient(POISON_QUEUE);
    }
  }

  #tell(message: BlobMessage, what: string): void {
    const { FunctionId, ContainerName, BlobName } = message;
    this.#log("warning", `Blob '${ContainerName}/${BlobName}': ${FunctionId} ${what}.`, message);
  }

  #log(level: "warning" | "error", text: string, message: BlobMessage | undefined): void {
    const fn = this.#functions.get(message?.FunctionId ?? "")?.fn;
    this.#parts.log.write(level, fn ? `Function.${fn.name}` : "Host.Blobs", text);
  }
}

function versionOf({ ContainerName, BlobName, ETag }: BlobMessage): BlobVersion {
  return { container: ContainerName, blob: BlobName, etag: ETag };
}

/** @throws {UndeliverableMessage} if it is no such message */
function read(item: DequeuedMessageItem): BlobMessage {
  const message = tryRead(item);
  if (message) return message;
  throw new UndeliverableMessage(`Message ${item.messageId} is no message of a blob trigger.`);
}

function tryRead({ messageText }: DequeuedMessageItem): BlobMessage | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(messageText, "base64").toString());
    return BlobMessage.parse(value);
  } catch {
    return undefined;
  }
}

async function send(queue: QueueClient, messageText: string): Promise<void> {
  await queue.createIfNotExists();
  await queue.sendMessage(messageText);
}
