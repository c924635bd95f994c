import { type QueueClient, QueueServiceClient } from "@azure/storage-queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startAzurite } from "./support/azurite.ts";
import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

const stops: (() => Promise<unknown>)[] = [];
let host: HostProcess;
let work: QueueClient;
let results: QueueClient;
let poison: QueueClient;

beforeAll(async () => {
  const azurite = await startAzurite();
  stops.push(() => azurite.stop());
  host = await startHost("esm-app", ["--memory"], {
    WITH_QUEUES: "1",
    Storage: azurite.connectionString,
  });
  stops.push(() => host.stop());
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  work = queues.getQueueClient("work");
  results = queues.getQueueClient("results");
  poison = queues.getQueueClient("work-poison");
  // The host has been looking for this queue before it is there.
  await work.createIfNotExists();
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

function encode(message: unknown): string {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return Buffer.from(text).toString("base64");
}

const received: string[] = [];

/** Everything that has come out so far. */
async function takeResults(): Promise<string[]> {
  if (!(await results.exists())) return received;
  const { receivedMessageItems } = await results.receiveMessages({ numberOfMessages: 32 });
  for (const message of receivedMessageItems) {
    received.push(Buffer.from(message.messageText, "base64").toString());
    await results.deleteMessage(message.messageId, message.popReceipt);
  }
  return received;
}

async function resultOf(id: string): Promise<string> {
  return until(`there is a result of ${id}`, async () =>
    (await takeResults()).find((text) => text.includes(`"${id}"`)),
  );
}

/** The text of a message that was put aside. */
async function takePoison(): Promise<string> {
  return until("a message was moved", async () => {
    if (!(await poison.exists())) return undefined;
    const [message] = (await poison.receiveMessages()).receivedMessageItems;
    if (!message) return undefined;
    await poison.deleteMessage(message.messageId, message.popReceipt);
    return message.messageText;
  });
}

describe("queue trigger", () => {
  test("hands a JSON message to the function, and an array of outputs becomes messages", async () => {
    await work.sendMessage(encode({ id: "first" }));

    expect(JSON.parse(await resultOf("first"))).toEqual({ done: "first", dequeueCount: 1 });
    await until("the other message is there too", async () =>
      (await takeResults()).includes("and more"),
    );
  });

  test("hands text that is no JSON on as text", async () => {
    await work.sendMessage(encode("plain"));

    expect(JSON.parse(await resultOf("plain"))).toMatchObject({ done: "plain" });
  });

  test("tells what storage knows of a message", async () => {
    const sent = await work.sendMessage(encode({ wantsMetadata: "known" }));

    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    expect(JSON.parse(await resultOf("known"))).toEqual({
      queueTrigger: { wantsMetadata: "known" },
      wantsMetadata: "known",
      id: sent.messageId,
      dequeueCount: 1,
      popReceipt: expect.any(String),
      insertionTime: sent.insertedOn.toISOString(),
      expirationTime: sent.expiresOn.toISOString(),
      nextVisibleTime: time,
    });
  });

  test("puts the fields of a message in the place of what storage knows, whatever their case", async () => {
    await work.sendMessage(encode({ wantsMetadata: "own", id: 7, DEQUEUECOUNT: 99 }));

    expect(JSON.parse(await resultOf("own"))).toMatchObject({ id: 7, dequeueCount: 99 });
  });

  test("gives a message back that failed, and the next try sees the count", async () => {
    await work.sendMessage(encode({ id: "second try", failUntil: 2 }));

    expect(JSON.parse(await resultOf("second try"))).toMatchObject({ dequeueCount: 2 });
  });

  test("moves a message that failed too often to the poison queue, as it was", async () => {
    const text = encode({ id: "never", failUntil: 99 });
    await work.sendMessage(text);

    expect(await takePoison()).toBe(text);
    expect(host.log().match(/Failed on message [^ ]+, try \d/g)).toHaveLength(4);
  });

  test.each(["no base64!", "YWJj=", "YWJ", "{}"])(
    "moves '%s' to the poison queue at once, in the extension's words",
    async (text) => {
      await work.sendMessage(text);

      expect(await takePoison()).toBe(text);
      await until("it was told", () =>
        /Message decoding has failed! Check MessageEncoding settings. MessageId=/.test(host.log()),
      );
    },
  );

  test("takes a message as large as a queue can hold", async () => {
    const message = { id: "large", filler: "x".repeat(48 * 1024 - 30) };
    await work.sendMessage(encode(message));

    expect(JSON.parse(await resultOf("large"))).toEqual({ done: "large", dequeueCount: 1 });
  });

  test("empties the queue, more than one batch at a time", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await Promise.all(ids.map((id) => work.sendMessage(encode({ id }))));

    for (const id of ids) await resultOf(id);
    await until("the queue is empty", async () => {
      const { approximateMessagesCount } = await work.getProperties();
      return approximateMessagesCount === 0;
    });
    expect(received.filter((text) => text.includes("many-"))).toHaveLength(20);
  });
});

describe("queue output", () => {
  test("of an HTTP function is one message", async () => {
    const response = await fetch(`${host.url}/enqueue`, {
      method: "POST",
      body: "from http",
      headers: { "x-functions-key": host.keys?.function ?? "" },
    });
    expect(response.status).toBe(202);

    await until("it is there", async () => (await takeResults()).includes("from http"));
    await until("nothing more is to come", async () => {
      const { approximateMessagesCount } = await results.getProperties();
      return approximateMessagesCount === 0;
    });
    expect(received.filter((text) => text === "from http")).toHaveLength(1);
  });
});
