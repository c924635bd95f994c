import type { IncomingMessage, ServerResponse } from "node:http";

import {
  blobCreated,
  type BlobProperties,
  propertiesOfPutBlob,
  type WrittenBlob,
} from "./blob-event.ts";
import { type BlobWrite, hasSucceeded, recogniseWrite } from "./blob-write.ts";
import { answerDeliveryRoute, DELIVERY_ROUTE } from "./delivery-route.ts";
import { type Disorder, planCopies } from "./disorder.ts";
import { forward, type Upstream } from "./forward.ts";
import type { Journal } from "./journal.ts";
import type { Storage } from "./storage.ts";
import { queuesFor, type Subscription } from "./subscription.ts";

export interface BlobFrontOptions {
  readonly upstream: Upstream;
  readonly subscriptions: readonly Subscription[];
  readonly disorder: Disorder;
  readonly random: () => number;
  readonly storage: Pick<Storage, "properties">;
  readonly journal: Pick<Journal, "append" | "count">;
  readonly log: (message: string) => void;
}

const HEX_DIGITS = 16;

/** Passes every request on, and writes down the event of each blob that was written. */
export class BlobFront {
  /** Where clients reach it; events name their blobs by it. */
  origin = "";
  disorder: Disorder;
  onEvent: () => void = ignore;
  readonly #options: BlobFrontOptions;
  readonly #startedAt = Date.now();
  readonly #running = new Set<Promise<void>>();
  #events = 0;

  constructor(options: BlobFrontOptions) {
    this.#options = options;
    this.disorder = options.disorder;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const work = this.#answer(request, response).catch((error: unknown) =>
      this.#fail(request, response, error),
    );
    this.#running.add(work);
    await work;
    this.#running.delete(work);
  }

  pending(): number {
    return this.#options.journal.count();
  }

  /** Waits for the events of writes that were under way when their clients were cut off. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { upstream } = this.#options;
    const target = request.url ?? "/";
    if (target === DELIVERY_ROUTE) {
      await answerDeliveryRoute(request, response, this);
      return;
    }
    const write = recogniseWrite(request.method, target, request.headers);
    const queues = write ? queuesFor(write, this.#options.subscriptions) : [];
    await forward(upstream, {
      request,
      response,
      beforeAnswer:
        write && queues.length > 0
          ? async (answer) => {
              if (!hasSucceeded(answer.statusCode, answer.headers)) return;
              await this.#record(write, queues, request, answer);
            }
          : undefined,
    });
  }

  /** The client is told of its success only when the event is safe. */
  async #record(
    write: BlobWrite,
    queues: readonly string[],
    request: IncomingMessage,
    answer: IncomingMessage,
  ): Promise<void> {
    const { journal, random } = this.#options;
    const properties = await this.#propertiesOf(write, request, answer);
    const event = this.#eventOf({ write, properties, request, answer });
    const text = JSON.stringify(event);
    const messages = queues.flatMap((queue) =>
      planCopies(this.disorder, Date.now(), random).map((dueAt) => ({ queue, text, dueAt })),
    );
    journal.append(messages);
    this.onEvent();
  }

  async #propertiesOf(
    write: BlobWrite,
    request: IncomingMessage,
    answer: IncomingMessage,
  ): Promise<BlobProperties> {
    if (write.api === "PutBlob" && request.headers["x-ms-copy-source"] === undefined) {
      return propertiesOfPutBlob(request.headers);
    }
    const found = await this.#options.storage.properties(write, answer.headers.etag ?? "");
    // Somebody has replaced the blob already, and that raises an event with the right length.
    return (
      found ?? { contentType: "application/octet-stream", contentLength: 0, blobType: "BlockBlob" }
    );
  }

  #eventOf({
    answer,
    properties,
    request,
    write,
  }: {
    write: BlobWrite;
    properties: BlobProperties;
    request: IncomingMessage;
    answer: IncomingMessage;
  }): ReturnType<typeof blobCreated> {
    const written: WrittenBlob = {
      write,
      origin: this.origin,
      request: request.headers,
      response: answer.headers,
      properties,
      sequencer: `${hex(this.#startedAt)}${hex(++this.#events)}`,
      now: new Date(),
    };
    return blobCreated(written);
  }

  /** With a status on which the SDKs of Azure Storage try again. */
  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // Who has hung up needs no answer, and half an answer cannot be taken back.
    if (response.headersSent || request.socket.destroyed) {
      response.destroy();
      return;
    }
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    this.#options.log(`503 ${request.method ?? ""} ${path}: ${String(error)}`);
    request.resume();
    response.writeHead(503, { "content-type": "application/xml", "x-ms-error-code": "ServerBusy" });
    response.end(
      '<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code><Message>The blob service behind this one did not answer.</Message></Error>',
    );
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(HEX_DIGITS, "0");
}

function ignore(): void {
  // Nobody is told.
}
