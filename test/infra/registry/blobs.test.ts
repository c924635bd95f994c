import { createHash, randomBytes } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { codeOf } from "./support/client.ts";
import { ABSENT, pushBlob, sha256 } from "./support/content.ts";
import { start, startForTest, type TestRegistry } from "./support/start.ts";

let registry: TestRegistry;
beforeAll(async () => {
  registry = await start();
});
afterAll(async () => registry.stop());

describe("pulling a blob", () => {
  test("gives its bytes, its length and its digest", async () => {
    const content = randomBytes(100_000);
    const { digest } = await pushBlob(registry.client, "pull/whole", content);

    const got = await registry.client.send("GET", `/v2/pull/whole/blobs/${digest}`);
    const head = await registry.client.send("HEAD", `/v2/pull/whole/blobs/${digest}`);

    expect(got.body.equals(content)).toBe(true);
    for (const { headers, status } of [got, head]) {
      expect(status).toBe(200);
      expect(headers["content-length"]).toBe("100000");
      expect(headers["docker-content-digest"]).toBe(digest);
      expect(headers["accept-ranges"]).toBe("bytes");
    }
  });

  test.each([
    { range: "bytes=0-3", status: 206, body: "0123", contentRange: "bytes 0-3/10" },
    { range: "bytes=7-", status: 206, body: "789", contentRange: "bytes 7-9/10" },
    { range: "bytes=-2", status: 206, body: "89", contentRange: "bytes 8-9/10" },
    { range: "bytes=-99", status: 206, body: "0123456789", contentRange: "bytes 0-9/10" },
    { range: "bytes=8-999", status: 206, body: "89", contentRange: "bytes 8-9/10" },
    { range: "bytes=5-2", status: 200, body: "0123456789", contentRange: undefined },
    { range: "bytes=0-1,4-5", status: 200, body: "0123456789", contentRange: undefined },
    { range: "rows=0-1", status: 200, body: "0123456789", contentRange: undefined },
  ])("with Range $range answers $status", async ({ body, contentRange, range, status }) => {
    const { digest } = await pushBlob(registry.client, "pull/range", "0123456789");

    const reply = await registry.client.send("GET", `/v2/pull/range/blobs/${digest}`, {
      headers: { range },
    });

    expect(reply.status).toBe(status);
    expect(reply.body.toString()).toBe(body);
    expect(reply.headers["content-length"]).toBe(String(body.length));
    expect(reply.headers["content-range"]).toBe(contentRange);
  });

  test.each(["bytes=10-", "bytes=10-11", "bytes=-0"])(
    "with Range %s beyond its end answers 416 with its length",
    async (range) => {
      const { digest } = await pushBlob(registry.client, "pull/range", "0123456789");

      const reply = await registry.client.send("GET", `/v2/pull/range/blobs/${digest}`, {
        headers: { range },
      });

      expect(reply.status).toBe(416);
      expect(codeOf(reply)).toBe("RANGE_INVALID");
      expect(reply.headers["content-range"]).toBe("bytes */10");
    },
  );

  test("of another repository answers BLOB_UNKNOWN, though the file is there", async () => {
    const { digest } = await pushBlob(registry.client, "pull/mine", "mine");

    const reply = await registry.client.send("GET", `/v2/pull/theirs/blobs/${digest}`);

    expect(reply.status).toBe(404);
    expect(codeOf(reply)).toBe("BLOB_UNKNOWN");
  });
});

describe("pushing a blob", () => {
  test("takes POST and then PUT with the whole body", async () => {
    const digest = sha256("post and put");

    const begun = await registry.client.send("POST", "/v2/push/two/blobs/uploads/");
    const location = begun.headers.location ?? "";
    const put = await registry.client.send("PUT", `${location}?digest=${digest}`, {
      body: "post and put",
    });

    expect(begun.status).toBe(202);
    expect(location).toMatch(/^\/v2\/push\/two\/blobs\/uploads\/[\da-f-]{36}$/);
    expect(begun.headers["docker-upload-uuid"]).toBe(location.split("/").at(-1));
    expect(put.status).toBe(201);
    expect(put.headers.location).toBe(`/v2/push/two/blobs/${digest}`);
    expect(put.headers["docker-content-digest"]).toBe(digest);
  });

  test("takes parts in order and says after each how far it is", async () => {
    const location = await begin("push/parts");

    const first = await patch(location, "0-4", "01234");
    const status = await registry.client.send("GET", location);
    const second = await patch(location, "5-7", "567");
    const last = await registry.client.send("PUT", `${location}?digest=${sha256("0123456789")}`, {
      headers: { "content-range": "8-9" },
      body: "89",
    });

    expect([first.status, first.headers.range]).toEqual([202, "0-4"]);
    expect([status.status, status.headers.range]).toEqual([204, "0-4"]);
    expect([second.status, second.headers.range]).toEqual([202, "0-7"]);
    expect(last.status).toBe(201);
  });

  test.each(["3-4", "6-9"])("refuses the part %s when byte 5 is next", async (range) => {
    const location = await begin("push/disorder");
    await patch(location, "0-4", "01234");

    const reply = await patch(location, range, "x".repeat(range === "3-4" ? 2 : 4));

    expect(reply.status).toBe(416);
    expect(codeOf(reply)).toBe("BLOB_UPLOAD_INVALID");
    expect(reply.headers.range).toBe("0-4");
    expect(reply.headers.location).toBe(location);
  });

  test.each([
    { range: "nonsense", status: 400, code: "BLOB_UPLOAD_INVALID" },
    { range: "9-0", status: 400, code: "BLOB_UPLOAD_INVALID" },
    { range: "0-9", status: 400, code: "SIZE_INVALID" },
  ])("refuses five bytes said to be $range, and keeps none of them", async (bad) => {
    const location = await begin("push/bad-range");

    const refused = await patch(location, bad.range, "01234");
    const whole = await registry.client.send("PUT", `${location}?digest=${sha256("whole")}`, {
      body: "whole",
    });

    expect([refused.status, codeOf(refused)]).toEqual([bad.status, bad.code]);
    expect(whole.status).toBe(201);
  });

  test("takes an empty blob, and one by its sha512", async () => {
    const digest = `sha512:${createHash("sha512").update("long").digest("hex")}`;
    const location = await begin("push/odd");

    const empty = await registry.client.send("PUT", `${location}?digest=${sha256("")}`);
    const long = await registry.client.send(
      "POST",
      `/v2/push/odd/blobs/uploads/?digest=${digest}`,
      {
        body: "long",
      },
    );
    const got = await registry.client.send("GET", `/v2/push/odd/blobs/${digest}`);

    expect([empty.status, long.status]).toEqual([201, 201]);
    expect(got.body.toString()).toBe("long");
  });

  test("with a digest that is not of the content ends the upload and stores nothing", async () => {
    const location = await begin("push/liar");

    const put = await registry.client.send("PUT", `${location}?digest=${ABSENT}`, { body: "lie" });
    const status = await registry.client.send("GET", location);
    const stored = await registry.client.send("HEAD", `/v2/push/liar/blobs/${sha256("lie")}`);

    expect([put.status, codeOf(put)]).toEqual([400, "DIGEST_INVALID"]);
    expect([status.status, codeOf(status)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
    expect(stored.status).toBe(404);
  });

  test.each(["", "?digest=", "?digest=sha256:abc", "?digest=md5:00", "?digest=sha256:../../x"])(
    "refuses to end an upload with the query '%s'",
    async (query) => {
      const location = await begin("push/no-digest");

      const reply = await registry.client.send("PUT", `${location}${query}`, { body: "x" });

      expect([reply.status, codeOf(reply)]).toEqual([400, "DIGEST_INVALID"]);
    },
  );

  test("that was cancelled cannot go on", async () => {
    const location = await begin("push/cancel");

    const cancelled = await registry.client.send("DELETE", location);
    const patched = await patch(location, "0-0", "x");

    expect(cancelled.status).toBe(204);
    expect([patched.status, codeOf(patched)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });

  test("refuses an upload of another repository", async () => {
    const location = await begin("push/owner");

    const reply = await registry.client.send("GET", location.replace("push/owner", "push/thief"));

    expect([reply.status, codeOf(reply)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
  });
});

describe("mounting a blob", () => {
  test("makes it a blob of the repository without sending it", async () => {
    const { digest } = await pushBlob(registry.client, "mount/source", "shared");
    const query = `?mount=${digest}&from=mount%2Fsource`;

    const reply = await registry.client.send("POST", `/v2/mount/target/blobs/uploads/${query}`);
    const got = await registry.client.send("GET", `/v2/mount/target/blobs/${digest}`);

    expect(reply.status).toBe(201);
    expect(reply.headers.location).toBe(`/v2/mount/target/blobs/${digest}`);
    expect(got.body.toString()).toBe("shared");
  });

  test.each([`mount=${ABSENT}&from=mount/source`, `mount=${ABSENT}`, "mount=x&from=../.."])(
    "that is not there (%s) begins an upload instead",
    async (query) => {
      const path = `/v2/mount/target/blobs/uploads/?${query}`;

      const reply = await registry.client.send("POST", path);

      expect(reply.status).toBe(202);
      expect(reply.headers.location).toMatch(/^\/v2\/mount\/target\/blobs\/uploads\//);
    },
  );

  test("outlives the repository that it came from", async () => {
    const { digest } = await pushBlob(registry.client, "mount/first", "outlives");
    await registry.client.send(
      "POST",
      `/v2/mount/second/blobs/uploads/?mount=${digest}&from=mount/first`,
    );

    const removed = await registry.client.send("DELETE", `/v2/mount/first/blobs/${digest}`);
    const again = await registry.client.send("DELETE", `/v2/mount/first/blobs/${digest}`);
    const kept = await registry.client.send("GET", `/v2/mount/second/blobs/${digest}`);

    expect([removed.status, again.status]).toEqual([202, 404]);
    expect(kept.body.toString()).toBe("outlives");
  });
});

describe("limits", () => {
  test("a blob over the limit is refused, whether its length is announced or not", async () => {
    const small = await startForTest({ maxBlobBytes: 1000 });
    const body = Buffer.alloc(1001, "x");
    const path = `/v2/big/blobs/uploads/?digest=${sha256(body)}`;

    const announced = await small.client.send("POST", path, { body });
    const chunked = await small.client.send("POST", path, {
      headers: { "transfer-encoding": "chunked" },
      body,
    });
    const fitting = await small.client.send(
      "POST",
      `/v2/big/blobs/uploads/?digest=${sha256(body.subarray(1))}`,
      { body: body.subarray(1) },
    );

    expect([announced.status, codeOf(announced)]).toEqual([413, "SIZE_INVALID"]);
    expect([chunked.status, codeOf(chunked)]).toEqual([413, "SIZE_INVALID"]);
    expect(fitting.status).toBe(201);
  });

  test("the limit counts all parts of an upload", async () => {
    const small = await startForTest({ maxBlobBytes: 1000 });
    const begun = await small.client.send("POST", "/v2/big/blobs/uploads/");
    const location = begun.headers.location ?? "";

    const first = await small.client.send("PATCH", location, { body: Buffer.alloc(600) });
    const second = await small.client.send("PATCH", location, { body: Buffer.alloc(600) });
    const status = await small.client.send("GET", location);

    expect([first.status, second.status]).toEqual([202, 413]);
    expect(status.headers.range).toBe("0-599");
  });
});

async function begin(repository: string): Promise<string> {
  const reply = await registry.client.send("POST", `/v2/${repository}/blobs/uploads/`);
  return reply.headers.location ?? "";
}

async function patch(location: string, range: string, body: string) {
  return registry.client.send("PATCH", location, { headers: { "content-range": range }, body });
}
