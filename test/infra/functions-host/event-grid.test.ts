import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { until } from "./support/until.ts";

interface Published {
  readonly key: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
}

const stops: (() => Promise<unknown>)[] = [];
const published: Published[] = [];
let topicStatus = 200;
let host: HostProcess;

beforeAll(async () => {
  host = await startHost("event-grid-app", ["--memory"], {
    TOPIC: await startTopic(),
    TOPIC_KEY: "the topic's key",
  });
  stops.push(() => host.stop());
});

afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function startTopic(): Promise<string> {
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    request.on("end", () => {
      published.push({
        key: request.headers["aeg-sas-key"]?.toString(),
        contentType: request.headers["content-type"],
        body: JSON.parse(text),
      });
      response.writeHead(topicStatus).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
}

interface Call {
  readonly method?: string;
  readonly functionName?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

async function call(body: unknown, options: Call = {}): Promise<Response> {
  const {
    method = "POST",
    functionName = "received",
    type = "Notification",
    headers = {},
  } = options;
  const url = new URL("/runtime/webhooks/EventGrid", host.url);
  url.searchParams.set("functionName", functionName);
  url.searchParams.set("code", host.keys?.system ?? "");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return fetch(url, {
    method,
    headers: { "aeg-event-type": type, ...headers },
    ...(method === "POST" ? { body: text } : {}),
  });
}

/** What the function `received` has logged of its calls. */
function received(): { event: Record<string, unknown>; metadata: Record<string, unknown> }[] {
  const lines = host.log().split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    const { message } = JSON.parse(line) as { message: string };
    return message.startsWith("received ")
      ? [JSON.parse(message.slice("received ".length)) as ReturnType<typeof received>[number]]
      : [];
  });
}

describe("Event Grid trigger", () => {
  test("agrees to a subscription", async () => {
    const response = await call([{ data: { validationCode: "42" } }], {
      type: "SubscriptionValidation",
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ validationResponse: "42" });
  });

  test("agrees to a subscription whose data is text, as that of a cloud event", async () => {
    const response = await call(
      { specversion: "1.0", data: '{"validationCode":"43"}' },
      { type: "SubscriptionValidation" },
    );

    expect(await response.json()).toEqual({ validationResponse: "43" });
  });

  test("agrees to the handshake of cloud events", async () => {
    const response = await call(undefined, {
      method: "OPTIONS",
      headers: { "webhook-request-origin": "eventgrid.azure.net" },
    });

    expect(response.status).toBe(200);
    expect(response.headers.get("webhook-allowed-origin")).toBe("eventgrid.azure.net");
  });

  test("runs once for each event of a batch", async () => {
    const batch = ["a", "b", "c"].map((id) => ({ id, subject: "batch", data: { number: 1 } }));

    const response = await call(batch);

    expect(response.status).toBe(202);
    const runs = received().filter(({ event }) => event["subject"] === "batch");
    expect(runs.map(({ event }) => String(event["id"])).toSorted()).toEqual(["a", "b", "c"]);
    expect(runs[0]?.metadata).toMatchObject({ subject: "batch", data: { number: 1 } });
  });

  test("runs for one cloud event, which comes without an array", async () => {
    const response = await call(
      { specversion: "1.0", id: "c-1", type: "made", source: "/here" },
      { headers: { "content-type": "application/cloudevents+json" } },
    );

    expect(response.status).toBe(202);
    expect(received().map(({ event }) => event["id"])).toContain("c-1");
  });

  test("answers 500 if one run fails, so that all events are sent again", async () => {
    const response = await call([{ subject: "good" }, { subject: "bad" }]);

    expect(response.status).toBe(500);
    expect(await response.text()).toBe("Exception while executing function: Functions.received");
    expect(received().map(({ event }) => event["subject"])).toContain("good");
    await until("the failure is told", () =>
      host.log().includes("Failed on an event: Error: the inside of the app"),
    );
  });

  test("is tried again by the function's retry policy", async () => {
    const response = await call([{ subject: "any" }], { functionName: "stubborn" });

    expect(response.status).toBe(202);
    expect(host.log().match(/stubborn \d of \d/g)).toEqual(["stubborn 0 of 1", "stubborn 1 of 1"]);
  });

  test.each<[string, unknown, Call, number]>([
    ["a function that there is not", [], { functionName: "nobody" }, 404],
    ["a function's name in another spelling", [], { functionName: "Received" }, 404],
    ["a body that is no JSON", "{", {}, 400],
    ["a body that is a text", '"text"', {}, 400],
    ["an array of something else", [1], {}, 400],
    ["no body", "", {}, 400],
    ["no events", [], {}, 202],
    ["an unknown kind of call", [{}], { type: "Surprise" }, 400],
    ["a validation without a code", [{ data: {} }], { type: "SubscriptionValidation" }, 400],
    ["a validation of text", [{ data: "{" }], { type: "SubscriptionValidation" }, 400],
    ["a handshake without an origin", undefined, { method: "OPTIONS" }, 400],
    ["a subscription that ends", [], { type: "Unsubscribe" }, 202],
  ])("%s", async (_, body, options, status) => {
    const response = await call(body, options);

    expect(response.status).toBe(status);
  });

  test("names the function that there is not", async () => {
    const response = await call([], { functionName: "nobody" });

    expect(await response.text()).toBe("cannot find function: 'nobody'");
  });
});

describe("Event Grid output", () => {
  async function publish(body: unknown): Promise<Response> {
    return fetch(`${host.url}/api/publish`, { method: "POST", body: JSON.stringify(body) });
  }

  test("sends one event, or an array of them, with the topic's key", async () => {
    const one = await publish({ id: "1", subject: "s", eventType: "t", dataVersion: "1" });
    const more = await publish([
      { specversion: "1.0", id: "2" },
      { specversion: "1.0", id: "3" },
    ]);

    expect([one.status, more.status]).toEqual([202, 202]);
    expect(published).toEqual([
      {
        key: "the topic's key",
        contentType: "application/json; charset=utf-8",
        body: [{ id: "1", subject: "s", eventType: "t", dataVersion: "1" }],
      },
      {
        key: "the topic's key",
        contentType: "application/cloudevents-batch+json; charset=utf-8",
        body: [
          { specversion: "1.0", id: "2" },
          { specversion: "1.0", id: "3" },
        ],
      },
    ]);
  });

  test("fails the call if the topic refuses, and does not tell the key", async () => {
    topicStatus = 401;
    const response = await publish({ id: "4" });
    topicStatus = 200;

    expect(response.status).toBe(500);
    await until("the reason is told", () =>
      host.log().includes("Event Grid answered 401 to the events."),
    );
    expect(host.log()).not.toContain("the topic's key");
  });
});
