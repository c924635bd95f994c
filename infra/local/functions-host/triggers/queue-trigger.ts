import type { DequeuedMessageItem, QueueClient } from "@azure/storage-queue";
import { z } from "zod";

import type { AppFunction } from "../app/function-lookup.ts";
import type { TypedData } from "../app/rpc.ts";
import type { MessageEncoding } from "../settings/host-json.ts";
import { withFields } from "./binding-data.ts";
import { QueueListener, UndeliverableMessage } from "./queue-listener.ts";
import { readBinding, triggerOf } from "./read-binding.ts";
import { runFunction, type Trigger, type TriggerParts } from "./trigger.ts";

const QueueBinding = z.looseObject({ queueName: z.string(), connection: z.string().default("") });

/**
 * Feeds one function from one queue.
 *
 * @throws {UsageError} if the binding names a connection or a setting that is missing
 */
export function createQueueTrigger(fn: AppFunction, parts: TriggerParts): Trigger {
  const { env, storage, queues, log } = parts;
  const { queueName, connection } = readBinding(triggerOf(fn), QueueBinding, env);
  const service = storage.queues(connection, fn.name);
  // Queue names have no capitals, and the extension makes them small.
  const queue = service.getQueueClient(queueName.toLowerCase());
  const poisonQueue = service.getQueueClient(`${queue.name}-poison`);
  const tell = (level: "warning" | "error", text: string): void =>
    log.write(level, `Function.${fn.name}`, text);

  return new QueueListener({
    queue,
    batchSize: queues.batchSize,
    newBatchThreshold: queues.newBatchThreshold ?? Math.floor(queues.batchSize / 2),
    maxDequeueCount: queues.maxDequeueCount,
    visibilityTimeoutMs: queues.visibilityTimeout,
    longestWaitMs: queues.maxPollingInterval,
    log: tell,
    async work(message, signal) {
      const text = decode(message, queues.messageEncoding);
      const triggerMetadata = metadataOf(message, text);
      const reason = `New queue message detected on '${queue.name}'.`;
      await runFunction(fn, { data: { string: text }, triggerMetadata, reason }, parts, signal);
    },
    async poison(message) {
      await sendToPoison(poisonQueue, message);
      tell("warning", `Message ${message.messageId} was moved to '${poisonQueue.name}'.`);
    },
  });
}

/** As it was, so that it can be put back. */
async function sendToPoison(queue: QueueClient, message: DequeuedMessageItem): Promise<void> {
  await queue.createIfNotExists();
  await queue.sendMessage(message.messageText);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** @throws {UndeliverableMessage} if it is not base64, in the extension's words (QueueServiceClientProvider.cs) */
function decode(
  { messageText, messageId }: DequeuedMessageItem,
  encoding: MessageEncoding,
): string {
  if (encoding === "none") return messageText;
  const packed = messageText.replaceAll(/\s/g, "");
  if (!BASE64.test(packed)) {
    throw new UndeliverableMessage(
      `Message decoding has failed! Check MessageEncoding settings. MessageId=${messageId}.`,
    );
  }
  return Buffer.from(packed, "base64").toString("utf8");
}

function metadataOf(message: DequeuedMessageItem, text: string): Record<string, TypedData> {
  const time = (date: Date): TypedData => ({ json: JSON.stringify(date) });
  const own = {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    DequeueCount: { json: String(message.dequeueCount) },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: time(message.insertedOn),
    ExpirationTime: time(message.expiresOn),
    NextVisibleTime: time(message.nextVisibleOn),
  };
  return withFields(own, text);
}
