import { createHash } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { codeOf } from "./support/client.ts";
import {
  ABSENT,
  imageNamed,
  OCI_INDEX,
  OCI_MANIFEST,
  pushBlob,
  pushImage,
  putManifest,
  sha256,
} from "./support/content.ts";
import { start, type TestRegistry } from "./support/start.ts";

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const MiB = 1024 * 1024;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await start();
});
afterAll(async () => registry.stop());

describe("pulling a manifest", () => {
  test("gives the pushed bytes by tag and by digest", async () => {
    const { body, digest } = await pushImage(registry.client, "pull/image", "v1");

    const byTag = await registry.client.send("GET", "/v2/pull/image/manifests/v1");
    const byDigest = await registry.client.send("GET", `/v2/pull/image/manifests/${digest}`);
    const head = await registry.client.send("HEAD", "/v2/pull/image/manifests/v1");

    expect(byTag.body.toString()).toBe(body);
    expect(byDigest.body.toString()).toBe(body);
    for (const { headers, status } of [byTag, byDigest, head]) {
      expect(status).toBe(200);
      expect(headers["content-type"]).toBe(OCI_MANIFEST);
      expect(headers["content-length"]).toBe(String(body.length));
      expect(headers["docker-content-digest"]).toBe(digest);
    }
  });

  test.each([
    { accept: OCI_MANIFEST, status: 200 },
    { accept: `${DOCKER_MANIFEST}, ${OCI_MANIFEST};q=0.5`, status: 200 },
    { accept: "application/*", status: 200 },
    { accept: "*/*", status: 200 },
    { accept: DOCKER_MANIFEST, status: 404 },
    { accept: "text/html", status: 404 },
  ])("with Accept $accept answers $status", async ({ accept, status }) => {
    await pushImage(registry.client, "pull/accept", "v1");

    const reply = await registry.client.send("GET", "/v2/pull/accept/manifests/v1", {
      headers: { accept },
    });

    expect(reply.status).toBe(status);
  });

  test.each(["absent", ABSENT, ".INVALID", "sha256:abc"])("%s is unknown", async (reference) => {
    const reply = await registry.client.send("GET", `/v2/pull/image/manifests/${reference}`);

    expect([reply.status, codeOf(reply)]).toEqual([404, "MANIFEST_UNKNOWN"]);
  });
});

describe("pushing a manifest", () => {
  test("moves a tag, and keeps what it pointed at by digest", async () => {
    const before = await pushImage(registry.client, "push/move", "latest");
    const after = imageNamed("the next one");

    const reply = await putManifest(registry.client, "push/move", "latest", after);
    const latest = await registry.client.send("HEAD", "/v2/push/move/manifests/latest");
    const old = await registry.client.send("HEAD", `/v2/push/move/manifests/${before.digest}`);

    expect(reply.status).toBe(201);
    expect(reply.headers.location).toBe(`/v2/push/move/manifests/${sha256(after)}`);
    expect(latest.headers["docker-content-digest"]).toBe(sha256(after));
    expect(old.status).toBe(200);
  });

  test("takes a percent-encoded repository name, as the Azure SDK sends it", async () => {
    const { body } = await pushImage(registry.client, "push%2Fencoded", "v1");

    const plain = await registry.client.send("GET", "/v2/push/encoded/manifests/v1");

    expect(plain.body.toString()).toBe(body);
  });

  test("takes Docker's format, and an index of images that are there", async () => {
    const { descriptor } = await pushImage(registry.client, "push/formats", "v1");
    const docker = imageNamed("docker", { mediaType: DOCKER_MANIFEST });
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor] };

    const replies = [
      await putManifest(registry.client, "push/formats", "docker", docker, DOCKER_MANIFEST),
      await putManifest(registry.client, "push/formats", "all", JSON.stringify(index), OCI_INDEX),
    ];

    expect(replies.map(({ status }) => status)).toEqual([201, 201]);
  });

  test("under a sha512 digest keeps it under that", async () => {
    await pushBlob(registry.client, "push/long", "{}");
    const body = imageNamed("long");
    const digest = `sha512:${createHash("sha512").update(body).digest("hex")}`;

    const put = await putManifest(registry.client, "push/long", digest, body);
    const got = await registry.client.send("GET", `/v2/push/long/manifests/${digest}`);

    expect(put.headers["docker-content-digest"]).toBe(digest);
    expect(got.body.toString()).toBe(body);
  });

  test("that names a blob the repository does not have names it in the refusal", async () => {
    await pushBlob(registry.client, "push/other", "{}");

    const reply = await putManifest(registry.client, "push/bare", "v1", imageNamed("bare"));

    expect([reply.status, codeOf(reply)]).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
    expect(reply.body.toString()).toContain(sha256("{}"));
  });

  test("may leave out layers that say where else they are", async () => {
    await pushBlob(registry.client, "push/foreign", "{}");
    const layer = {
      mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      digest: ABSENT,
      size: 5,
      urls: ["https://example.com/layer"],
    };

    const foreign = imageNamed("foreign", { layers: [layer] });
    const ours = imageNamed("ours", { layers: [{ ...layer, urls: [] }] });
    const replies = [
      await putManifest(registry.client, "push/foreign", "v1", foreign),
      await putManifest(registry.client, "push/foreign", "v2", ours),
    ];

    expect(replies.map(({ status }) => status)).toEqual([201, 400]);
  });

  test.each([
    { why: "no JSON", body: "{", type: OCI_MANIFEST },
    { why: "no object", body: "[]", type: OCI_MANIFEST },
    { why: "an old schema", body: '{"schemaVersion":1}', type: OCI_MANIFEST },
    { why: "no config", body: '{"schemaVersion":2,"layers":[]}', type: OCI_MANIFEST },
    {
      why: "a negative size",
      body: imageNamed("x").replace('"size":2', '"size":-2'),
      type: OCI_MANIFEST,
    },
    {
      why: "a digest that is a path",
      body: imageNamed("x").replace(/sha256:[^"]+/, "sha256:../../etc"),
      type: OCI_MANIFEST,
    },
    { why: "another type than its own", body: imageNamed("x"), type: DOCKER_MANIFEST },
    {
      why: "a type of nobody",
      body: imageNamed("x", { mediaType: "text/html" }),
      type: "text/html",
    },
  ])("with $why is MANIFEST_INVALID", async ({ body, type }) => {
    const reply = await putManifest(registry.client, "push/invalid", "v1", body, type);

    expect([reply.status, codeOf(reply)]).toEqual([400, "MANIFEST_INVALID"]);
  });

  test("under a digest of other bytes, or a tag out of grammar, is refused", async () => {
    await pushBlob(registry.client, "push/named", "{}");
    const body = imageNamed("named");

    const otherDigest = await putManifest(registry.client, "push/named", ABSENT, body);
    const noDigest = await putManifest(registry.client, "push/named", "sha256:abc", body);
    const noTag = await putManifest(registry.client, "push/named", "1.0+build", body);

    expect([otherDigest.status, codeOf(otherDigest)]).toEqual([400, "DIGEST_INVALID"]);
    expect([noDigest.status, codeOf(noDigest)]).toEqual([400, "DIGEST_INVALID"]);
    expect([noTag.status, codeOf(noTag)]).toEqual([400, "TAG_INVALID"]);
  });

  test("of 4 MiB is taken, and of one byte more is not", async () => {
    await pushBlob(registry.client, "push/large", "{}");
    const frame = imageNamed("").length;
    const largest = imageNamed("x".repeat(4 * MiB - frame));

    const taken = await putManifest(registry.client, "push/large", "v1", largest);
    const refused = await putManifest(registry.client, "push/large", "v2", `${largest} `);

    expect(taken.status).toBe(201);
    expect([refused.status, codeOf(refused)]).toEqual([413, "MANIFEST_INVALID"]);
  });
});

describe("deleting a manifest", () => {
  test("by tag takes the tag only", async () => {
    const { digest } = await pushImage(registry.client, "delete/tag", "v1");

    const removed = await registry.client.send("DELETE", "/v2/delete/tag/manifests/v1");
    const again = await registry.client.send("DELETE", "/v2/delete/tag/manifests/v1");
    const manifest = await registry.client.send("HEAD", `/v2/delete/tag/manifests/${digest}`);

    expect([removed.status, again.status, manifest.status]).toEqual([202, 404, 200]);
  });

  test("by digest takes its tags, and what refers to it", async () => {
    const { descriptor, digest } = await pushImage(registry.client, "delete/graph", "v1");
    const report = await pushImage(registry.client, "delete/graph", "report", {
      subject: descriptor,
    });
    const signature = await pushImage(registry.client, "delete/graph", "signature", {
      subject: report.descriptor,
    });

    const removed = await registry.client.send("DELETE", `/v2/delete/graph/manifests/${digest}`);
    const left = await Promise.all(
      ["v1", "report", "signature", digest, report.digest, signature.digest].map((reference) =>
        registry.client.send("HEAD", `/v2/delete/graph/manifests/${reference}`),
      ),
    );

    expect(removed.status).toBe(202);
    expect(left.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
  });
});
