import { once } from "node:events";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { type HostProcess, startHost } from "./support/host-process.ts";
import { connectRaw, getRaw, readToEnd, sendRaw } from "./support/raw-http.ts";

const Echo = z.object({ params: z.record(z.string(), z.string()), body: z.base64() });

let host: HostProcess;

beforeAll(async () => {
  host = await startHost("http-app", ["--memory"], {
    FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "100000",
  });
});

afterAll(async () => {
  await host.stop();
});

/** The lines of a request's head, with the host's name. */
function head(...lines: readonly string[]): string {
  const [first = "", ...others] = lines;
  return [first, `Host: 127.0.0.1:${host.port}`, ...others, "", ""].join("\r\n");
}

async function expectToBeWell(): Promise<void> {
  expect((await fetch(`${host.url}/api/bytes`)).status).toBe(200);
}

describe("requests that two readers could read differently are refused", () => {
  const POST = "POST /api/echo/x HTTP/1.1";
  const SMUGGLED = "GET /api/bytes HTTP/1.1\r\nHost: x\r\n\r\n";

  test.each([
    [
      "a length and chunks",
      ["Content-Length: 5", "Transfer-Encoding: chunked"],
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ["two lengths", ["Content-Length: 5", "Content-Length: 6"], `hello${SMUGGLED}`],
    ["a list of lengths", ["Content-Length: 5, 6"], `hello${SMUGGLED}`],
    ["a length with a sign", ["Content-Length: +5"], "hello"],
    ["a length that is no number", ["Content-Length: 0x5"], "hello"],
    ["an encoding that nobody knows", ["Transfer-Encoding: xchunked"], "0\r\n\r\n"],
    ["chunks that are not the last encoding", ["Transfer-Encoding: chunked, gzip"], "0\r\n\r\n"],
    ["a folded header", ["X-One: a", " b: c"], ""],
    ["a space before the colon", ["Content-Length : 5"], "hello"],
    ["a size of a chunk that is none", ["Transfer-Encoding: chunked"], "z\r\nhello\r\n0\r\n\r\n"],
    ["a second host", ["Host: evil.example"], ""],
  ])("%s", async (_what, headers, body) => {
    const answer = await sendRaw(host.port, head(POST, ...headers) + body);

    expect(answer.status).toBe(400);
    expect(answer.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test("lines that end without a carriage return", async () => {
    const text = `GET /api/bytes HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n\n`;

    expect((await sendRaw(host.port, text)).status).toBe(400);
  });

  test("no host at all", async () => {
    expect((await sendRaw(host.port, "GET /api/bytes HTTP/1.1\r\n\r\n")).status).toBe(400);
  });

  test("what is no HTTP", async () => {
    expect((await sendRaw(host.port, "\u0016\u0003\u0001\u0002\u0000\u0001")).status).toBe(400);
  });
});

describe("targets and hosts", () => {
  test.each([
    ["user@evil.example"],
    ["evil.example/path"],
    ["evil.example#"],
    ["a b"],
    [""],
    ["[::1"],
    ["localhost:port"],
  ])("the host '%s' is none", async (name) => {
    expect((await getRaw(host.port, "/api/bytes", {}, name)).status).toBe(400);
  });

  test.each([
    ["http://evil.example/api/bytes", 400],
    ["ftp://127.0.0.1/api/bytes", 400],
    ["*", 400],
    ["api/bytes", 400],
  ])("the target %s is %i", async (target, status) => {
    expect((await getRaw(host.port, target)).status).toBe(status);
  });

  test("the absolute form is read if it names the host that it asks", async () => {
    const target = `http://127.0.0.1:${host.port}/api/bytes`;

    expect((await getRaw(host.port, target)).status).toBe(200);
  });

  test.each(["CONNECT 127.0.0.1:22 HTTP/1.1", "CONNECT / HTTP/1.1"])(
    "%s opens no tunnel",
    async (line) => {
      const answer = await sendRaw(host.port, head(line));

      expect(answer.text).not.toContain("200");
      await expectToBeWell();
    },
  );

  test("an upgrade is an ordinary request", async () => {
    const answer = await getRaw(host.port, "/api/bytes", {
      Connection: "Upgrade, close",
      Upgrade: "websocket",
    });

    expect(answer.status).toBe(200);
  });
});

describe("paths", () => {
  test.each([
    ["/api/../admin/functions/../../api/echo/x", { path: "x" }],
    ["/api/echo/..%2f..%2fetc%2fpasswd", { path: "..%2f..%2fetc%2fpasswd" }],
    ["/api/echo/..%5c..%5cetc", { path: "..\\..\\etc" }],
    ["/api/echo/%2e%2e/echo/y", { path: "y" }],
    ["/api/echo/a%0d%0aSet-Cookie:%20x", { path: "a\r\nSet-Cookie: x" }],
  ])("%s ends nowhere else", async (path, params) => {
    const answer = await getRaw(host.port, path);

    expect(Echo.parse(JSON.parse(answer.body)).params).toEqual(params);
  });

  test.each([
    ["/api/echo/%00", 400],
    ["/api/echo/%ff%fe", 400],
    ["/api/echo/%", 400],
    ["/api/echo/%c0%ae%c0%ae/x", 400],
    ["/%2e%2e/%2e%2e/etc/passwd", 404],
    ["/api/__proto__", 404],
    ["/runtime/webhooks/__proto__/x", 404],
    ["/admin/functions/constructor", 404],
  ])("%s is %i", async (path, status) => {
    expect((await getRaw(host.port, path)).status).toBe(status);
  });

  test("names of parameters and queries do no harm to the host's own objects", async () => {
    const answer = await getRaw(host.port, "/api/echo/x?__proto__=1&constructor=2");

    expect(answer.status).toBe(200);
    await expectToBeWell();
  });
});

describe("too much", () => {
  test.each([
    ["of a header", { "X-Large": "x".repeat(40_000) }, "/api/bytes", 431],
    [
      "headers",
      Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`X-${index}`, "x"])),
      "/api/bytes",
      431,
    ],
    ["of a target", {}, `/api/echo/${"x".repeat(9000)}`, 414],
    ["of a query", {}, `/api/echo/x?${"x".repeat(40_000)}`, 431],
  ])("%s", async (_what, headers, path, status) => {
    expect((await getRaw(host.port, path, headers)).status).toBe(status);
  });

  test("of a body, said before", async () => {
    const answer = await sendRaw(
      host.port,
      head("POST /api/echo/x HTTP/1.1", "Content-Length: 100001"),
    );

    expect(answer.status).toBe(413);
  });

  test("of a body, found out while it comes", async () => {
    const chunk = `${(50_001).toString(16)}\r\n${"x".repeat(50_001)}\r\n`;
    const start = head("POST /api/echo/x HTTP/1.1", "Transfer-Encoding: chunked");

    expect((await sendRaw(host.port, start + chunk + chunk)).status).toBe(413);
  });

  test("of a body for a webhook or for the host itself", async () => {
    const large = { method: "POST", body: "x".repeat(100_001) };
    const webhook = await fetch(
      `${host.url}/runtime/webhooks/durabletask/orchestrators/none`,
      large,
    );
    const admin = await fetch(`${host.url}/admin/functions/nightly`, large);

    expect([webhook.status, admin.status]).toEqual([413, 400]);
  });

  test("of a body once it is expanded: it is not", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));

    const response = await fetch(`${host.url}/api/echo/x`, {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: bomb,
    });

    expect(Echo.parse(await response.json()).body).toBe(bomb.toString("base64"));
  });
});

describe.concurrent("clients that stall", () => {
  test("in their head or in their body are cut off, and the others are served meanwhile", async () => {
    const inHead = await connectRaw(host.port);
    inHead.write("GET /api/bytes HTTP/1.1\r\nHost: 127");
    const inBody = await connectRaw(host.port);
    inBody.write(`${head("POST /api/echo/x HTTP/1.1", "Content-Length: 100")}half`);
    const cut = [readToEnd(inHead), readToEnd(inBody)];
    await expectToBeWell();

    const [afterHead, afterBody] = await Promise.all(cut);

    expect([afterHead?.status, afterBody?.status]).toEqual([408, 408]);
  });

  test("a body that comes byte by byte is too slow", async () => {
    const socket = await connectRaw(host.port);
    socket.write(head("POST /api/echo/x HTTP/1.1", "Content-Length: 100"));
    const drip = setInterval(() => socket.write("x"), 200);

    const answer = await readToEnd(socket);
    clearInterval(drip);

    expect(answer.status).toBe(408);
  });

  test("hundreds of them, idle, keep nobody else out", async () => {
    const sockets = await Promise.all(Array.from({ length: 400 }, () => connectRaw(host.port)));
    await expectToBeWell();

    expect(sockets.map((socket) => socket.closed)).not.toContain(true);
    for (const socket of sockets) socket.destroy();
    await expectToBeWell();
  });

  test("uploads that break off in their hundreds leave nothing behind", async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, () => connectRaw(host.port)));
    const written = sockets.map(async (socket: Socket) => {
      socket.end(`${head("POST /api/echo/x HTTP/1.1", "Content-Length: 5000")}half`);
      await once(socket, "finish");
      socket.destroy();
    });
    await Promise.all(written);

    await expectToBeWell();
    expect(host.log()).not.toContain("Failed:");
  });
});

describe("several requests at once on one connection", () => {
  test("are answered in their order", async () => {
    const one = head("GET /api/echo/1 HTTP/1.1");
    const two = `${head("POST /api/echo/2 HTTP/1.1", "Content-Length: 4")}body`;
    const last = head("GET /api/echo/3 HTTP/1.1", "Connection: close");

    const { text } = await sendRaw(host.port, one + two + last);

    const paths = [...text.matchAll(/"params":\{"path":"(\d)"\}/g)].map(([, path]) => path);
    expect(paths).toEqual(["1", "2", "3"]);
  });

  test("a function cannot make its answer run into the next one", async () => {
    const one = head("GET /api/answer/200 HTTP/1.1");
    const last = head("GET /api/answer/201 HTTP/1.1", "Connection: close");

    const { text } = await sendRaw(host.port, one + last);

    expect(text.match(/HTTP\/1\.1 20\d/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 201"]);
    expect(text.match(/\r\n\r\na body/g)).toHaveLength(2);
    expect(text).not.toMatch(/transfer-encoding/i);
  });
});
