import { setTimeout } from "node:timers/promises";

import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import { z } from "zod";

import type { FunctionApp } from "../app/function-app.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import type { TypedData } from "../app/rpc.ts";
import { UsageError } from "../../program/usage-error.ts";
import type { Log } from "../log.ts";
import { resolveSettings } from "../settings/expressions.ts";
import type { QueueSettings } from "../settings/host-json.ts";
import type { Outputs } from "./outputs.ts";
import { MessageLease } from "./message-lease.ts";
import { runWithRetry } from "./run-with-retry.ts";
import type { QueueServices } from "./queue-services.ts";

export interface QueueTriggerOptions {
  readonly app: FunctionApp;
  readonly services: QueueServices;
  readonly settings: QueueSettings;
  readonly outputs: Outputs;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

const QueueBinding = z.looseObject({ queueName: z.string(), connection: z.string().default("") });

/** The runtime waits 100 ms between looks, and up to a minute when idle: too long for one machine. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1000;

/**
 * How long a message stays invisible while its function runs; the lease is renewed meanwhile. The runtime
 * takes ten minutes: after a host was killed, nobody on one machine wants to wait that long.
 */
const LEASE_SECONDS = 30;

/** Feeds one function from one queue (Microsoft.Azure.WebJobs.Extensions.Storage, QueueListener.cs). */
export class QueueTrigger {
  readonly #fn: AppFunction;
  readonly #options: QueueTriggerOptions;
  readonly #queue: QueueClient;
  readonly #poison: QueueClient;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> | undefined;
  #isFailing = false;

  /** @throws {UsageError} if the binding names a connection or a setting that is missing */
  constructor(fn: AppFunction, options: QueueTriggerOptions) {
    this.#fn = fn;
    this.#options = options;
    const binding = QueueBinding.safeParse(fn.trigger);
    if (!binding.success) {
      throw new UsageError(`Function '${fn.name}': ${z.prettifyError(binding.error)}`);
    }
    const where = `The queue trigger of function '${fn.name}'`;
    const name = resolveSettings(binding.data.queueName, options.env, where);
    const connection = resolveSettings(binding.data.connection, options.env, where);
    const service = options.services(connection, fn.name);
    this.#queue = service.getQueueClient(name);
    this.#poison = service.getQueueClient(`${name}-poison`);
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Takes no more messages, and waits for those that are being worked on. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    await Promise.allSettled(this.#running);
  }

  async #poll(): Promise<void> {
    let wait = SHORTEST_WAIT_MS;
    while (!this.#stop.signal.aborted) {
      const found = await this.#receive();
      for (const message of found) this.#track(this.#work(message));
      wait = found.length > 0 ? SHORTEST_WAIT_MS : Math.min(wait * 2, this.#longestWait);
      if (found.length === 0) await this.#sleep(wait);
      while (this.#running.size > this.#newBatchThreshold) await Promise.race(this.#running);
    }
  }

  async #receive(): Promise<DequeuedMessageItem[]> {
    try {
      const response = await this.#queue.receiveMessages({
        numberOfMessages: this.#options.settings.batchSize,
        visibilityTimeout: LEASE_SECONDS,
        abortSignal: this.#stop.signal,
      });
      this.#isFailing = false;
      return response.receivedMessageItems;
    } catch (error) {
      this.#noteFailure(error);
      return [];
    }
  }

  /** A queue that is not there yet is an empty one; another failure is told once, until it is over. */
  #noteFailure(error: unknown): void {
    if (this.#stop.signal.aborted || this.#isFailing) return;
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return;
    this.#isFailing = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#log(
      "warning",
      `Queue '${this.#queue.name}' cannot be read, and is tried again: ${reason}`,
    );
  }

  async #work(message: DequeuedMessageItem): Promise<void> {
    const lease = new MessageLease(this.#queue, message, LEASE_SECONDS);
    const { maxDequeueCount } = this.#options.settings;
    try {
      if (message.dequeueCount > maxDequeueCount) await this.#poisonMessage(message);
      else await this.#run(message);
      await lease.delete();
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log(
        "error",
        `Failed on message ${message.messageId}, try ${message.dequeueCount}: ${reason}`,
      );
      await this.#giveBack(message, lease);
    } finally {
      lease.stop();
    }
  }

  async #giveBack(message: DequeuedMessageItem, lease: MessageLease): Promise<void> {
    const { maxDequeueCount, visibilityTimeout } = this.#options.settings;
    try {
      if (message.dequeueCount >= maxDequeueCount) {
        await this.#poisonMessage(message);
        await lease.delete();
      } else {
        await lease.release(visibilityTimeout / 1000);
      }
    } catch (error) {
      // The message comes back when its lease ends.
      const reason = error instanceof Error ? error.message : String(error);
      this.#log("warning", `Message ${message.messageId} could not be given back: ${reason}`);
    }
  }

  async #poisonMessage(message: DequeuedMessageItem): Promise<void> {
    await this.#poison.createIfNotExists();
    await this.#poison.sendMessage(message.messageText);
    this.#log("warning", `Message ${message.messageId} was moved to '${this.#poison.name}'.`);
  }

  async #run(message: DequeuedMessageItem): Promise<void> {
    const { app, outputs, settings } = this.#options;
    const isBase64 = settings.messageEncoding === "base64";
    const text = isBase64
      ? Buffer.from(message.messageText, "base64").toString("utf8")
      : message.messageText;
    const run = async (retry: Parameters<Parameters<typeof runWithRetry>[1]>[0]): Promise<void> => {
      const result = await app.invoke(this.#fn, {
        data: { string: text },
        triggerMetadata: metadataOf(message, text),
        retry,
      });
      await outputs.send(this.#fn, result);
    };
    await runWithRetry(this.#fn.metadata.retryOptions, run, this.#stop.signal);
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  get #newBatchThreshold(): number {
    const { newBatchThreshold, batchSize } = this.#options.settings;
    return newBatchThreshold ?? Math.floor(batchSize / 2);
  }

  get #longestWait(): number {
    return Math.min(this.#options.settings.maxPollingInterval, LONGEST_WAIT_MS);
  }

  async #sleep(ms: number): Promise<void> {
    await setTimeout(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #log(level: "warning" | "error", message: string): void {
    this.#options.log.write(level, `Function.${this.#fn.name}`, message);
  }
}

function metadataOf(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const time = (date: Date): TypedData => ({ json: JSON.stringify(date) });
  return {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    DequeueCount: { json: String(message.dequeueCount) },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
  };
}
