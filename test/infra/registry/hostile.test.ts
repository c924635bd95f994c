import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";

import { describe, expect, test } from "vitest";

import { codeOf } from "./support/client.ts";
import { ABSENT, imageNamed, pushBlob, putManifest, sha256 } from "./support/content.ts";
import { startForTest, temporaryDirectory } from "./support/start.ts";
import { until } from "./support/until.ts";

describe("paths that try to get out", () => {
  test.each([
    "/v2/../../etc/passwd/manifests/v1",
    "/v2/%2e%2e%2f%2e%2e%2fetc/manifests/v1",
    "/v2/a/../b/manifests/v1",
    "/v2/a//b/manifests/v1",
    "/v2//manifests/v1",
    "/v2/A/manifests/v1",
    "/v2/a%00b/manifests/v1",
    "/v2/a%5cb/manifests/v1",
    "/v2/a%252fb/manifests/v1",
    "/v2/a%zz/manifests/v1",
    `/v2/${"a/".repeat(200)}a/manifests/v1`,
    "/acr/v1/..%2fx",
    "/acr/v1/A/_tags/v1",
  ])("the name in %s is NAME_INVALID or no address", async (target) => {
    const { client } = await startForTest();

    const reply = await client.send("GET", target);

    expect([400, 404]).toContain(reply.status);
    expect(["NAME_INVALID", "NOT_FOUND"]).toContain(codeOf(reply));
  });

  test.each([
    ["GET", "/v2/a/blobs/sha256:..%2f..%2f..%2fetc%2fpasswd", 404],
    ["GET", "/v2/a/blobs/..%5c..", 400],
    ["GET", "/v2/a/blobs/sha256:..", 400],
    ["DELETE", "/v2/a/blobs/sha256:%2e%2e", 400],
    ["GET", "/v2/a/blobs/uploads/..%2f..%2fcatalog.sqlite", 404],
    ["GET", "/v2/a/blobs/uploads/%2e%2e", 404],
    ["PATCH", "/v2/a/blobs/uploads/catalog.sqlite", 404],
    ["DELETE", "/v2/a/blobs/uploads/..", 404],
    ["PUT", `/v2/a/blobs/uploads/x?digest=${ABSENT}`, 404],
    ["GET", "/v2/a/referrers/sha256:..", 400],
  ])("%s %s answers %i", async (method, target, status) => {
    const { client } = await startForTest();

    const reply = await client.send(method, target);

    expect(reply.status).toBe(status);
  });

  test("no request writes beside the data directory", async () => {
    const outer = await temporaryDirectory();
    const { client } = await startForTest({ dataDirectory: path.join(outer, "data") });

    await client.send("POST", `/v2/..%2fescape/blobs/uploads/?digest=${sha256("x")}`, {
      body: "x",
    });
    await client.send("PUT", "/v2/a/manifests/..%2f..%2fescape", { body: imageNamed("x") });

    expect(await readdir(outer)).toEqual(["data"]);
  });
});

describe("what a stranger may cost", () => {
  test("the body of a request that may not be made is not stored", async () => {
    const dataDirectory = await temporaryDirectory();
    const { stranger } = await startForTest({ dataDirectory });

    const reply = await stranger.send("POST", `/v2/a/blobs/uploads/?digest=${ABSENT}`, {
      body: randomBytes(1024 * 1024),
    });

    expect(reply.status).toBe(401);
    expect(await readdir(path.join(dataDirectory, "uploads"))).toEqual([]);
  });

  test("an unknown address, a wrong method and a broken request are answered and harm nobody", async () => {
    const registry = await startForTest();

    const unknown = await registry.client.send("GET", "/admin");
    const wrong = await registry.client.send("POST", "/v2/a/tags/list");
    await sendRaw(registry, "GARBAGE\r\n\r\n");
    await sendRaw(registry, "GET http://[/v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const alive = await registry.client.send("GET", "/v2/");

    expect([unknown.status, codeOf(unknown)]).toEqual([404, "NOT_FOUND"]);
    expect([wrong.status, wrong.headers.allow]).toEqual([405, "GET"]);
    expect(alive.status).toBe(200);
  });

  test("a path with a line break in it is one line of the log", async () => {
    const { client, log } = await startForTest();

    await client.send("GET", "/v2/a%0aGET%20/v2/%20200%200%20ms");

    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/^GET \/v2\/a%0AGET%20\/v2\/%20200%200%20ms 404 \d+ ms$/);
  });

  test("an upload that nobody goes on with is forgotten, and its file removed", async () => {
    const dataDirectory = await temporaryDirectory();
    const { client } = await startForTest({ dataDirectory, uploadIdleMs: 20 });
    const begun = await client.send("POST", "/v2/a/blobs/uploads/");
    await client.send("PATCH", begun.headers.location ?? "", { body: "some bytes" });

    await until(async () => (await readdir(path.join(dataDirectory, "uploads"))).length === 0);

    const status = await client.send("GET", begun.headers.location ?? "");
    expect([status.status, codeOf(status)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });
});

describe("many at once", () => {
  test("pushes of the same blob all succeed, and leave one file", async () => {
    const dataDirectory = await temporaryDirectory();
    const { client } = await startForTest({ dataDirectory });
    const content = randomBytes(300_000);

    const pushes = await Promise.all(
      Array.from({ length: 8 }, async (_, index) =>
        pushBlob(client, `race/r${index % 3}`, content),
      ),
    );

    const digest = sha256(content);
    expect(pushes.map((blob) => blob.digest)).toEqual(Array.from({ length: 8 }, () => digest));
    const got = await client.send("GET", `/v2/race/r2/blobs/${digest}`);
    expect(got.body.equals(content)).toBe(true);
    expect(await readdir(path.join(dataDirectory, "uploads"))).toEqual([]);
  });

  test("a push and a delete of the same blob leave it whole or gone, never half", async () => {
    const { client } = await startForTest();
    const content = randomBytes(50_000);
    const address = `/v2/race/delete/blobs/${sha256(content)}`;

    const seen: string[] = [];
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([
        pushBlob(client, "race/delete", content),
        pushBlob(client, "race/delete", content),
        client.send("DELETE", address),
      ]);
      const { body, status } = await client.send("GET", address);
      seen.push(status === 404 ? "gone" : `${status} ${body.equals(content) ? "whole" : "half"}`);
    }

    expect(seen.filter((state) => state !== "gone" && state !== "200 whole")).toEqual([]);
  });

  test("of two requests that write to one upload, one is told to wait", async () => {
    const { client } = await startForTest();
    const begun = await client.send("POST", "/v2/a/blobs/uploads/");
    const location = begun.headers.location ?? "";
    const slow = client.open("PATCH", location, { "transfer-encoding": "chunked" });
    slow.on("error", () => undefined);
    slow.write("slow");
    // The first writer has the upload as soon as its request has reached the registry.
    const refused = await untilReply(async () => client.send("PATCH", location, { body: "" }), 409);

    slow.destroy();
    const status = await untilReply(
      async () => client.send("PATCH", location, { body: "quick" }),
      202,
    );

    expect(codeOf(refused)).toBe("BLOB_UPLOAD_INVALID");
    expect(status.headers.range).toBe("0-4");
  });

  test("of tags that are moved by many, the last one wins and all images stay", async () => {
    const { client } = await startForTest();
    await pushBlob(client, "race/tag", "{}");
    const bodies = Array.from({ length: 10 }, (_, index) => imageNamed(`image ${index}`));

    const replies = await Promise.all(
      bodies.map(async (body) => putManifest(client, "race/tag", "latest", body)),
    );
    const latest = await client.send("HEAD", "/v2/race/tag/manifests/latest");
    const kept = await Promise.all(
      bodies.map(async (body) => client.send("HEAD", `/v2/race/tag/manifests/${sha256(body)}`)),
    );

    expect(replies.every(({ status }) => status === 201)).toBe(true);
    expect(bodies.map(sha256)).toContain(latest.headers["docker-content-digest"]);
    expect(kept.every(({ status }) => status === 200)).toBe(true);
  });
});

describe("a client that goes away", () => {
  test("in the middle of a part leaves the upload where it was", async () => {
    const { client, log } = await startForTest();
    const begun = await client.send("POST", "/v2/a/blobs/uploads/");
    const location = begun.headers.location ?? "";
    await client.send("PATCH", location, { body: "01234" });

    const broken = client.open("PATCH", location, { "content-length": "1000" });
    broken.on("error", () => undefined);
    broken.write("56789");
    await untilReply(async () => client.send("PATCH", location, { body: "" }), 409);
    broken.destroy();
    const status = await untilReply(
      async () =>
        client.send("PATCH", location, { headers: { "content-range": "5-7" }, body: "567" }),
      202,
    );

    expect(status.headers.range).toBe("0-7");
    expect(log.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("in the middle of a download leaves no open file and no error", async () => {
    const { client, log } = await startForTest();
    const { digest } = await pushBlob(client, "a", randomBytes(20 * 1024 * 1024));

    const request = client.open("GET", `/v2/a/blobs/${digest}`);
    request.on("error", () => undefined);
    request.on("response", () => request.destroy());
    request.end();
    await until(async () => log.some((line) => line.startsWith("GET /v2/a/blobs/")));

    expect(log.filter((line) => line.startsWith("error"))).toEqual([]);
    expect(await openFilesNamed(digest.slice("sha256:".length))).toEqual([]);
  });
});

async function untilReply(
  ask: () => ReturnType<Awaited<ReturnType<typeof startForTest>>["client"]["send"]>,
  status: number,
) {
  let reply = await ask();
  await until(async () => {
    if (reply.status !== status) reply = await ask();
    return reply.status === status;
  });
  return reply;
}

/** Linux says which files a process has open; elsewhere there is nothing to look at. */
async function openFilesNamed(name: string): Promise<string[]> {
  const directory = "/proc/self/fd";
  if (!existsSync(directory)) return [];
  const { readlink } = await import("node:fs/promises");
  const names = await Promise.all(
    (await readdir(directory)).map(async (fd) =>
      readlink(path.join(directory, fd)).catch(() => ""),
    ),
  );
  return names.filter((target) => target.endsWith(name));
}

async function sendRaw({ ca, url }: { ca: string; url: string }, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = tls.connect({ host: hostname, port: Number(port), ca, servername: hostname });
  socket.on("error", () => undefined);
  socket.write(text);
  socket.resume();
  await new Promise((resolve) => socket.once("close", resolve));
}
