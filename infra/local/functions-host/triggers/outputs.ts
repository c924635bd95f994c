import type { QueueClient } from "@azure/storage-queue";
import { z } from "zod";

import type { AppFunction } from "../app/function-lookup.ts";
import { bytesOf, type InvocationResponse, type TypedData } from "../app/rpc.ts";
import { resolveSettings } from "../settings/expressions.ts";
import type { QueueServices } from "./queue-services.ts";

/** Sends what functions returned to where their output bindings point. */
export interface Outputs {
  /** @throws if one cannot be sent: the invocation has failed then */
  send(fn: AppFunction, response: InvocationResponse): Promise<void>;
}

export type MessageEncoding = "base64" | "none";

const QueueBinding = z.looseObject({ queueName: z.string(), connection: z.string().default("") });

interface QueueOutput {
  readonly bindingName: string;
  readonly queue: QueueClient;
}

/** @throws {UsageError} if an output names a connection or a setting that is missing */
export function createOutputs(
  functions: readonly AppFunction[],
  services: QueueServices,
  env: NodeJS.ProcessEnv,
  encoding: MessageEncoding,
): Outputs {
  const outputs = new Map(
    functions.map((fn) => [fn.id, queueOutputsOf(fn, services, env)] as const),
  );
  return {
    async send(fn, response) {
      for (const { bindingName, queue } of outputs.get(fn.id) ?? []) {
        await sendAll(queue, messagesOf(dataOf(bindingName, response)), encoding);
      }
    },
  };
}

function queueOutputsOf(
  fn: AppFunction,
  services: QueueServices,
  env: NodeJS.ProcessEnv,
): QueueOutput[] {
  return Object.entries(fn.metadata.bindings)
    .filter(([, { type, direction }]) => direction === "out" && type.toLowerCase() === "queue")
    .map(([bindingName, binding]) => {
      const { queueName, connection } = QueueBinding.parse(binding);
      const name = resolveSettings(queueName, env, `The queue output of function '${fn.name}'`);
      return { bindingName, queue: services(connection, fn.name).getQueueClient(name) };
    });
}

function dataOf(bindingName: string, response: InvocationResponse): TypedData | null | undefined {
  if (bindingName === "$return") return response.returnValue;
  return response.outputData?.find((output) => output.name === bindingName)?.data;
}

/** An array is one message per element. */
function messagesOf(data: TypedData | null | undefined): Buffer[] {
  if (!data) return [];
  const value: unknown = data.json === undefined ? undefined : JSON.parse(data.json);
  if (!Array.isArray(value)) return [bytesOf(data)];
  return value.map((item) => Buffer.from(typeof item === "string" ? item : JSON.stringify(item)));
}

async function sendAll(
  queue: QueueClient,
  messages: readonly Buffer[],
  encoding: MessageEncoding,
): Promise<void> {
  if (messages.length === 0) return;
  await queue.createIfNotExists();
  for (const message of messages) {
    await queue.sendMessage(message.toString(encoding === "base64" ? "base64" : "utf8"));
  }
}
