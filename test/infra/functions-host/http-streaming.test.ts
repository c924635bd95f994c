import { request } from "node:http";
import { text } from "node:stream/consumers";
import { Readable } from "node:stream";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { connectRaw, readToEnd } from "./support/raw-http.ts";
import { until } from "./support/until.ts";

const MEGABYTE = 1024 * 1024;
const BODY_LIMIT = 130 * MEGABYTE;
/** Of garbage that nobody has collected yet; a body that was kept would be more. */
const ROOM = 90 * MEGABYTE;

const Counted = z.object({ bytes: z.number(), rss: z.number() });

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("streaming-app", ["--memory"], {
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: String(BODY_LIMIT),
  });
});

afterAll(async () => {
  await host.stop();
});

/** Bytes that exist only while they are sent. */
function upload(megabytes: number): Readable {
  const chunk = Buffer.alloc(MEGABYTE / 4, "x");
  return Readable.from(
    (function* chunks() {
      for (let count = 0; count < megabytes * 4; count += 1) yield chunk;
    })(),
  );
}

async function post(path: string, body: Readable): Promise<Readable & { statusCode?: number }> {
  return new Promise((resolve, reject) => {
    const sent = request(`${host.url}/api/${path}`, { method: "POST" });
    sent.on("response", resolve);
    sent.on("error", reject);
    body.pipe(sent);
  });
}

async function countUpload(megabytes: number): Promise<z.infer<typeof Counted>> {
  return Counted.parse(JSON.parse(await text(await post("count", upload(megabytes)))));
}

describe("bodies", () => {
  test("of a hundred megabytes and more go in without being kept", async () => {
    const before = await countUpload(20);
    const after = await countUpload(130);

    expect(after.bytes).toBe(130 * MEGABYTE);
    expect(after.rss - before.rss).toBeLessThan(ROOM);
  });

  test("go out as they come in", async () => {
    const before = await countUpload(20);
    let bytes = 0;
    for await (const chunk of await post("back", upload(120))) bytes += Buffer.from(chunk).length;
    const after = await countUpload(1);

    expect(bytes).toBe(120 * MEGABYTE);
    expect(after.rss - before.rss).toBeLessThan(ROOM);
  });

  test("over the limit are refused, with or without a length", async () => {
    const declared = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${host.url}/api/count`, {
        method: "POST",
        headers: { "content-length": BODY_LIMIT + 1 },
      });
      sent.on("response", (response) => resolve(response.statusCode));
      sent.on("error", reject);
      sent.write("x");
    });

    expect(declared).toBe(413);
    expect((await post("count", upload(131))).statusCode).toBe(413);
  });
});

describe("requests", () => {
  test("reach the app with its own headers, not with a client's that look like them", async () => {
    const response = await fetch(`${host.url}/api/seen/7?q=1`, {
      headers: {
        "x-ms-invocation-id": "11111111-2222-3333-4444-555555555555",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "https",
        "x-own": "kept",
      },
    });

    expect(response.status).toBe(203);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.json()).toMatchObject({
      url: `${host.url}/api/seen/7?q=1`,
      // The runtime puts the query among the parameters when it streams.
      params: { id: "7", q: "1" },
      headers: { "x-own": "kept" },
    });
  });

  test("by HEAD have no body in their answers", async () => {
    const response = await fetch(`${host.url}/api/seen/7`, { method: "HEAD" });

    expect([response.status, await response.text()]).toEqual([203, ""]);
  });

  test("that are answered with nothing are 204, as without streams", async () => {
    expect((await fetch(`${host.url}/api/nothing`)).status).toBe(204);
  });

  test("that fail are 500 with nothing in it", async () => {
    const response = await fetch(`${host.url}/api/broken`);

    expect([response.status, await response.text()]).toEqual([500, ""]);
  });
});

describe("clients that go away", () => {
  test("while they send: the function learns of it, and the host goes on", async () => {
    const socket = await connectRaw(host.port);
    socket.write(
      `POST /api/count HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nContent-Length: 1000\r\n\r\nhalf`,
    );
    socket.destroy();

    await until("the function knows", () => host.log().includes("the upload broke off after"));
    expect((await fetch(`${host.url}/api/seen/1`)).status).toBe(203);
  });

  test("while they are sent something: the host goes on", async () => {
    const controller = new AbortController();
    const response = await fetch(`${host.url}/api/ticks`, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();

    expect(response.status).toBe(200);
    expect((await fetch(`${host.url}/api/seen/1`)).status).toBe(203);
  });

  test("while they send nothing: they are cut off", async () => {
    const socket = await connectRaw(host.port);
    socket.write(
      `POST /api/count HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nContent-Length: 1000\r\n\r\nhalf`,
    );

    expect((await readToEnd(socket)).status).toBe(408);
  });
});
