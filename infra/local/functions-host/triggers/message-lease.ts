import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";

/** Keeps a message invisible to other readers while it is worked on, however long that takes. */
export class MessageLease {
  readonly #queue: QueueClient;
  readonly #messageId: string;
  readonly #seconds: number;
  readonly #timer: NodeJS.Timeout;
  /** Changes with each renewal. */
  #receipt: Promise<string>;

  constructor(queue: QueueClient, message: DequeuedMessageItem, seconds: number) {
    this.#queue = queue;
    this.#messageId = message.messageId;
    this.#seconds = seconds;
    this.#receipt = Promise.resolve(message.popReceipt);
    this.#timer = setInterval(() => this.#renew(), (seconds * 1000) / 2);
    this.#timer.unref();
  }

  async delete(): Promise<void> {
    this.stop();
    await this.#queue.deleteMessage(this.#messageId, await this.#receipt);
  }

  /** Lets the message be seen again after that time. */
  async release(afterSeconds: number): Promise<void> {
    this.stop();
    await this.#queue.updateMessage(
      this.#messageId,
      await this.#receipt,
      undefined,
      Math.round(afterSeconds),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #renew(): void {
    this.#receipt = this.#receipt.then(async (receipt) => {
      try {
        const update = await this.#queue.updateMessage(
          this.#messageId,
          receipt,
          undefined,
          this.#seconds,
        );
        return update.popReceipt ?? receipt;
      } catch {
        // The next renewal tries again; if the message is lost, deleting it says so.
        return receipt;
      }
    });
  }
}
