import { z } from "zod";

import { bytesOf, type TypedData } from "../app/rpc.ts";
import { evaluate, parseTemplate } from "./binding-expressions.ts";
import type { MakeOutput } from "./bound-function.ts";
import { describeBinding, readBinding } from "./read-binding.ts";

const QueueBinding = z.looseObject({ queueName: z.string(), connection: z.string().default("") });

/** Puts what a function gives into a queue, which is made if it is not there. */
export const createQueueOutput: MakeOutput = (named, { env, storage, queues }) => {
  const { queueName, connection } = readBinding(named, QueueBinding, env);
  const template = parseTemplate(queueName, describeBinding(named));
  const service = storage.queues(connection, named.fn.name);
  const encoding = queues.messageEncoding === "base64" ? "base64" : "utf8";
  return (data) => {
    // Queue names have no capitals, and the extension makes them small.
    const queue = service.getQueueClient(evaluate(template, data).toLowerCase());
    return async (value) => {
      await queue.createIfNotExists();
      for (const message of messagesOf(value)) await queue.sendMessage(message.toString(encoding));
    };
  };
};

/** An array is one message per element. */
function messagesOf(data: TypedData): Buffer[] {
  const value: unknown = data.json === undefined ? undefined : JSON.parse(data.json);
  if (!Array.isArray(value)) return [bytesOf(data)];
  return value.map((item) => Buffer.from(typeof item === "string" ? item : JSON.stringify(item)));
}
