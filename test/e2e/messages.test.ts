import { readFileSync } from "node:fs";

import { QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { routes } from "../../shared/contracts/http-api.ts";
import { type Lab, startLab, until } from "./support/lab.ts";

describe("a message that is no event", () => {
  let lab: Lab;
  let queues: QueueServiceClient;

  beforeAll(async () => {
    lab = await startLab();
    const { azurite, caFile, credential } = lab.stack;
    const options = {
      retryOptions: { maxTries: 3 },
      tlsOptions: { ca: readFileSync(caFile, "utf8") },
    };
    queues = new QueueServiceClient(azurite.queueServiceUrl, credential, options);
  });

  afterAll(async () => {
    await lab.stop();
  });

  test.each`
    message                                   | reason
    ${"what is this"}                         | ${/Not a Microsoft\.Storage\.BlobCreated event/}
    ${'{"specversion": "1.0", "type": "no"}'} | ${/type/}
    ${"[]"}                                   | ${/Not a Microsoft\.Storage\.BlobCreated event/}
  `(
    "($message) goes to the poison queue with a reason, and is listed",
    async ({ message, reason }: { message: string; reason: RegExp }) => {
      const sent = await queues
        .getQueueClient("dataset-events")
        .sendMessage(Buffer.from(message).toString("base64"));
      const poison = queues.getQueueClient("dataset-events-poison");
      const received = await until("the poison message", async () => {
        const { receivedMessageItems } = await poison.receiveMessages();
        return receivedMessageItems[0];
      });
      await poison.deleteMessage(received.messageId, received.popReceipt);

      const text = Buffer.from(received.messageText, "base64").toString("utf8");
      expect(JSON.parse(text)).toMatchObject({ reason: expect.stringMatching(reason) });
      const { unreadable } = await lab.api.call(routes.listRequests);
      expect(unreadable).toContainEqual(
        expect.objectContaining({ id: sent.messageId, reason: expect.stringMatching(reason) }),
      );
    },
  );
});
