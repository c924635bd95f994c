import https from "node:https";
import path from "node:path";
import { text } from "node:stream/consumers";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type Lab, startLab } from "./support/lab.ts";

let lab: Lab;

beforeAll(async () => {
  lab = await startLab();
  await lab.blobs(lab.azurite.blobServiceUrl).getContainerClient("datasets").create();
});

afterAll(async () => {
  await lab.stop();
});

async function upload(blobServiceUrl: string, ...names: readonly string[]): Promise<void> {
  const container = lab.blobs(blobServiceUrl).getContainerClient("datasets");
  for (const name of names) await container.getBlockBlobClient(name).upload("x", 1);
}

function control(blobServiceUrl: string, method: string, body = ""): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const url = new URL("/stand-in/delivery", blobServiceUrl);
    const outgoing = https.request(url, { ca: lab.ca, method }, (answer) => {
      text(answer).then((read) => resolve([answer.statusCode ?? 0, JSON.parse(read)]), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

describe("an event that is not in its queue yet", () => {
  test("survives the end of the program between the write and the queue", async () => {
    const journalFile = path.join(lab.directory, "journal-1.db");
    const subscriptions = [{ queueName: "survivors" }];
    // Nobody listens there: the queue service is down.
    const before = await lab.startEventGrid({
      journalFile,
      subscriptions,
      queueServiceUrl: "https://127.0.0.1:9/devstoreaccount1",
    });
    await upload(before.blobServiceUrl, "written");
    expect(before.pending()).toBe(1);
    await before.stop();

    const after = await lab.startEventGrid({ journalFile, subscriptions });

    const [event] = await lab.events("survivors", 1);
    expect(event?.subject).toMatch(/written$/);
    expect(after.pending()).toBe(0);
  });

  test("waits for a queue that comes back", async () => {
    const eventGrid = await lab.startEventGrid({ subscriptions: [{ queueName: "comes-back" }] });
    const queue = lab.queues().getQueueClient("comes-back");
    await queue.delete();

    await upload(eventGrid.blobServiceUrl, "patient");

    const [event] = await lab.events("comes-back", 1);
    expect(event?.subject).toMatch(/patient$/);
  });

  test("is in a journal that one program at a time may have", async () => {
    const journalFile = path.join(lab.directory, "journal-2.db");
    await lab.startEventGrid({ journalFile });

    const second = lab.startEventGrid({ journalFile });

    await expect(second).rejects.toMatchObject({ name: "UsageError" });
  });
});

describe("the control route", () => {
  test("makes events come twice, with the same id", async () => {
    const eventGrid = await lab.startEventGrid({ subscriptions: [{ queueName: "twice" }] });

    const answered = await control(eventGrid.blobServiceUrl, "PUT", '{"duplicates":1}');
    await upload(eventGrid.blobServiceUrl, "a");

    expect(answered).toStrictEqual([
      200,
      { duplicates: 1, delayMs: 0, shuffle: false, pending: 0 },
    ]);
    const [first, second] = await lab.events("twice", 2);
    expect(second).toStrictEqual(first);
  });

  test("makes events come late and in another order", async () => {
    const random = [0.9, 0.9, 0.9, 0.6, 0.9, 0.1];
    const eventGrid = await lab.startEventGrid({
      subscriptions: [{ queueName: "shuffled" }],
      random: () => random.shift() ?? 0,
    });
    await control(eventGrid.blobServiceUrl, "PUT", '{"delayMs":1000,"shuffle":true}');

    await upload(eventGrid.blobServiceUrl, "first", "second", "third");

    const events = await lab.events("shuffled", 3);
    const names = events.map(({ subject }) => subject.split("/").at(-1));
    expect(names).toStrictEqual(["third", "second", "first"]);
  });

  test.each(["", "{", '{"duplicates":2}', '{"delay":5}', `{"shuffle":true}${" ".repeat(5000)}`])(
    "refuses %j and changes nothing",
    async (body) => {
      const eventGrid = await lab.startEventGrid({ disorder: { delayMs: 7 } });

      const [status] = await control(eventGrid.blobServiceUrl, "PUT", body);

      expect(status).toBe(400);
      const shown = await control(eventGrid.blobServiceUrl, "GET");
      expect(shown).toMatchObject([200, { duplicates: 0, delayMs: 7 }]);
    },
  );
});
