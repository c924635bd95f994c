import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";

import { reasonOf, stackOf } from "../../program/reason-of.ts";
import { Lookout } from "./lookout.ts";
import { MessageLease } from "./message-lease.ts";
import type { Trigger } from "./trigger.ts";

export interface QueueListenerOptions {
  readonly queue: QueueClient;
  readonly batchSize: number;
  /** With this many messages at work or fewer, the next batch is taken. */
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  /** How long a message that failed stays invisible. */
  readonly visibilityTimeoutMs: number;
  readonly longestWaitMs: number;
  /** @throws to have the message again, or {@link UndeliverableMessage} to have it poisoned at once */
  work(message: DequeuedMessageItem, signal: AbortSignal): Promise<void>;
  /** Puts aside a message that failed too often. */
  poison(message: DequeuedMessageItem): Promise<void>;
  /** @param message what the text is about */
  log(level: "warning" | "error", text: string, message?: DequeuedMessageItem): void;
}

/** No try of this message can succeed. */
export class UndeliverableMessage extends Error {
  override readonly name = "UndeliverableMessage";
}

/** The runtime waits 100 ms between looks, and up to a minute when idle: too long for one machine. */
const SHORTEST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 1000;

/**
 * How long a message stays invisible while its function runs; the lease is renewed meanwhile. The runtime
 * takes ten minutes: after a host was killed, nobody on one machine wants to wait that long.
 */
const LEASE_SECONDS = 30;

/** Works on the messages of one queue (Microsoft.Azure.WebJobs.Extensions.Storage, QueueListener.cs). */
export class QueueListener implements Trigger {
  readonly #options: QueueListenerOptions;
  readonly #lookout = new Lookout();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> | undefined;

  constructor(options: QueueListenerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#lookout.stop();
    await this.#polling;
    await Promise.allSettled(this.#running);
  }

  /** Looks at once: there is a new message. */
  wake(): void {
    this.#lookout.wake();
  }

  async #poll(): Promise<void> {
    const longest = Math.min(this.#options.longestWaitMs, LONGEST_WAIT_MS);
    let wait = SHORTEST_WAIT_MS;
    while (!this.#lookout.signal.aborted) {
      const found = await this.#receive();
      for (const message of found) this.#track(this.#handle(message));
      wait = found.length > 0 ? SHORTEST_WAIT_MS : Math.min(wait * 2, longest);
      if (found.length === 0) await this.#lookout.sleep(wait);
      while (this.#running.size > this.#options.newBatchThreshold) {
        await Promise.race(this.#running);
      }
    }
  }

  async #receive(): Promise<DequeuedMessageItem[]> {
    const { batchSize, queue } = this.#options;
    const response = await this.#lookout.look(
      () =>
        queue.receiveMessages({
          numberOfMessages: batchSize,
          visibilityTimeout: LEASE_SECONDS,
          abortSignal: this.#lookout.signal,
        }),
      (error) =>
        this.#options.log(
          "warning",
          `Queue '${queue.name}' cannot be read, and is tried again: ${reasonOf(error)}`,
        ),
    );
    return response?.receivedMessageItems ?? [];
  }

  async #handle(message: DequeuedMessageItem): Promise<void> {
    const { maxDequeueCount, queue } = this.#options;
    const lease = new MessageLease(queue, message, LEASE_SECONDS);
    try {
      if (message.dequeueCount > maxDequeueCount) await this.#options.poison(message);
      else await this.#options.work(message, this.#lookout.signal);
      await lease.delete();
    } catch (error) {
      const isLast =
        error instanceof UndeliverableMessage || message.dequeueCount >= maxDequeueCount;
      this.#logFailure(message, error);
      await this.#giveBack(message, lease, isLast);
    } finally {
      lease.stop();
    }
  }

  #logFailure(message: DequeuedMessageItem, error: unknown): void {
    if (error instanceof UndeliverableMessage) {
      this.#options.log("warning", error.message, message);
      return;
    }
    const { messageId, dequeueCount } = message;
    const reason = stackOf(error);
    const text = `Failed on message ${messageId}, try ${dequeueCount}: ${reason}`;
    this.#options.log("error", text, message);
  }

  async #giveBack(
    message: DequeuedMessageItem,
    lease: MessageLease,
    isLast: boolean,
  ): Promise<void> {
    try {
      if (isLast) {
        await this.#options.poison(message);
        await lease.delete();
      } else {
        await lease.release(this.#options.visibilityTimeoutMs / 1000);
      }
    } catch (error) {
      // The message comes back when its lease ends.
      this.#options.log(
        "warning",
        `Message ${message.messageId} could not be given back: ${reasonOf(error)}`,
      );
    }
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }
}
