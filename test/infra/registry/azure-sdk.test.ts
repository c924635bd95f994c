import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";

import {
  ContainerRegistryClient,
  ContainerRegistryContentClient,
  KnownManifestMediaType,
} from "@azure/container-registry";
import { isRestError } from "@azure/core-rest-pipeline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { EMPTY_CONFIG, sha256 } from "./support/content.ts";
import { type Issuer, startIssuer } from "./support/issuer.ts";
import { start, type TestRegistry } from "./support/start.ts";

/** Microsoft's own clients, with a token credential, exactly as against Azure. */
let issuer: Issuer;
let registry: TestRegistry;
let images: ContainerRegistryClient;
beforeAll(async () => {
  issuer = await startIssuer();
  registry = await start({ tokenIssuer: { jwksUrl: issuer.jwksUrl } });
  images = new ContainerRegistryClient(registry.url, credential, options());
});
afterAll(async () => {
  await registry.stop();
  issuer.stop();
});

describe("ContainerRegistryContentClient", () => {
  test("pushes and pulls a blob of several chunks, from a buffer and from a stream", async () => {
    const client = contentOf("sdk/blobs");
    const content = randomBytes(9 * 1024 * 1024);

    const fromBuffer = await client.uploadBlob(content);
    const fromStream = await client.uploadBlob(
      Readable.from([content.subarray(0, 5), content.subarray(5)]),
    );
    const { content: stream } = await client.downloadBlob(fromBuffer.digest);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(Buffer.from(chunk));

    expect(fromBuffer).toEqual({ digest: sha256(content), sizeInBytes: content.length });
    expect(fromStream).toEqual(fromBuffer);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  test("pushes a manifest, tags it again, pulls it and deletes it", async () => {
    const { client, digest } = await pushed("sdk/manifests", "v1");

    const first = await client.getManifest("v1");
    const again = await client.setManifest(first.content, {
      tag: "v2",
      mediaType: first.mediaType,
    });
    const byTag = await client.getManifest("v2");
    await client.deleteManifest(digest);

    expect(again.digest).toBe(digest);
    expect(byTag.mediaType).toBe(KnownManifestMediaType.OciImageManifest);
    expect(byTag.content.equals(first.content)).toBe(true);
    await expect(client.getManifest("v1")).rejects.toMatchObject({ statusCode: 404 });
  });

  test("hears which digest an artifact refers to", async () => {
    const { client, digest, size } = await pushed("sdk/referrer", "v1");
    let subject: string | undefined;

    await client.setManifest(
      {
        ...manifest("report"),
        artifactType: "application/vnd.example.evaluation.v1+json",
        subject: { mediaType: KnownManifestMediaType.OciImageManifest, digest, size },
      },
      { onResponse: ({ headers }) => (subject = headers.get("oci-subject")) },
    );

    expect(subject).toBe(digest);
  });
});

describe("ContainerRegistryClient", () => {
  test("reads repositories, tags and manifests", async () => {
    const { digest, size } = await pushed("sdk/reads", "v1");
    const repository = images.getRepository("sdk/reads");

    const names = await collect(images.listRepositoryNames());
    const properties = await repository.getProperties();
    const tag = await repository.getArtifact("v1").getTagProperties("v1");
    const [listed] = await collect(repository.listManifestProperties());

    expect(names).toContain("sdk/reads");
    expect(properties).toMatchObject({ name: "sdk/reads", tagCount: 1, manifestCount: 1 });
    expect(properties.registryLoginServer).toBe(registry.loginServer);
    expect(tag).toMatchObject({ name: "v1", digest, canDelete: true, canWrite: true });
    expect(tag.createdOn.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(listed).toMatchObject({ digest, tags: ["v1"], sizeInBytes: size + 2 });
  });

  test("lists in pages, by name and by time", async () => {
    for (const tag of ["b", "c", "a"]) await pushed("sdk/pages", tag);
    const artifact = images.getRepository("sdk/pages").getArtifact("a");

    const byName: (string | undefined)[][] = [];
    for await (const page of artifact.listTagProperties().byPage({ maxPageSize: 2 })) {
      byName.push(page.map(({ name }) => name));
    }
    const byTime: (string | undefined)[][] = [];
    const newestFirst = artifact.listTagProperties({ order: "LastUpdatedOnDescending" });
    for await (const page of newestFirst.byPage({ maxPageSize: 2 })) {
      byTime.push(page.map(({ name }) => name));
    }

    expect(byName).toEqual([["a", "b"], ["c"]]);
    expect(byTime).toEqual([["a", "c"], ["b"]]);
  });

  test("deletes everything while listing it by time, and misses nothing", async () => {
    for (const tag of ["t1", "t2", "t3", "t4", "t5"]) await pushed("sdk/purge", tag);
    const artifact = images.getRepository("sdk/purge").getArtifact("t1");

    const oldestFirst = artifact.listTagProperties({ order: "LastUpdatedOnAscending" });
    for await (const page of oldestFirst.byPage({ maxPageSize: 2 })) {
      for (const { name } of page) await artifact.deleteTag(name);
    }

    expect((await images.getRepository("sdk/purge").getProperties()).tagCount).toBe(0);
  });

  test("deletes a repository with all that is in it", async () => {
    const { client } = await pushed("sdk/delete", "v1");

    await images.deleteRepository("sdk/delete");

    expect(await collect(images.listRepositoryNames())).not.toContain("sdk/delete");
    await expect(client.downloadBlob(sha256("{}"))).rejects.toMatchObject({ statusCode: 404 });
  });

  test.each([
    {
      what: "repository",
      ask: () => images.getRepository("no/such").getProperties(),
      code: "NAME_UNKNOWN",
    },
    {
      what: "tag",
      ask: async () => {
        await pushed("sdk/unknown", "v1");
        return images.getArtifact("sdk/unknown", "v9").getTagProperties("v9");
      },
      code: "TAG_UNKNOWN",
    },
  ])("hears $code for a $what that is not there", async ({ ask, code }) => {
    const outcome = await outcomeOf(ask());

    expect(outcome).toEqual({ status: 404, code });
  });
});

describe("locks", () => {
  const LOCKED = { status: 405, code: "REGISTRY_DISALLOWED_OPERATION" };

  test("a tag that may not be written can neither be moved nor deleted, nor its manifest", async () => {
    const { client, digest } = await pushed("lock/tag", "v1");
    const artifact = images.getArtifact("lock/tag", "v1");

    const properties = await artifact.updateTagProperties("v1", { canWrite: false });
    const outcomes = [
      await outcomeOf(client.setManifest(manifest("another"), { tag: "v1" })),
      await outcomeOf(artifact.deleteTag("v1")),
      await outcomeOf(client.deleteManifest(digest)),
      await outcomeOf(images.deleteRepository("lock/tag")),
    ];

    expect(properties).toMatchObject({ canWrite: false, canDelete: true });
    expect(outcomes).toEqual([LOCKED, LOCKED, LOCKED, LOCKED]);
    expect((await client.getManifest("v1")).digest).toBe(digest);
  });

  test("a tag that may not be deleted may be moved", async () => {
    const { client } = await pushed("lock/delete", "v1");
    const artifact = images.getArtifact("lock/delete", "v1");
    await artifact.updateTagProperties("v1", { canDelete: false });

    const moved = await client.setManifest(manifest("another"), { tag: "v1" });
    const deleted = await outcomeOf(artifact.deleteTag("v1"));

    expect((await client.getManifest("v1")).digest).toBe(moved.digest);
    expect(deleted).toEqual(LOCKED);
  });

  test("a locked tag locks no other tag, and can be unlocked", async () => {
    const { client } = await pushed("lock/other", "v1");
    await pushed("lock/other", "v2");
    const artifact = images.getArtifact("lock/other", "v1");
    await artifact.updateTagProperties("v1", { canWrite: false, canDelete: false });

    await client.setManifest(manifest("another"), { tag: "v2" });
    await artifact.updateTagProperties("v1", { canWrite: true, canDelete: true });
    await client.setManifest(manifest("a third"), { tag: "v1" });

    expect((await client.getManifest("v1")).content.toString()).toContain("a third");
  });

  test("a manifest that may not be deleted takes referrers; one that may not be written does not", async () => {
    const { client, digest, size } = await pushed("lock/manifest", "v1");
    const artifact = images.getArtifact("lock/manifest", digest);
    const subject = { mediaType: KnownManifestMediaType.OciImageManifest, digest, size };

    await artifact.updateManifestProperties({ canDelete: false });
    const deleted = await outcomeOf(artifact.delete());
    const attached = await outcomeOf(client.setManifest({ ...manifest("one"), subject }));
    await artifact.updateManifestProperties({ canWrite: false });
    const refused = await outcomeOf(client.setManifest({ ...manifest("two"), subject }));

    expect(deleted).toEqual(LOCKED);
    expect(attached).toBe("done");
    expect(refused).toEqual(LOCKED);
  });

  test("a repository that may not be written takes no push and no delete", async () => {
    const { client, digest } = await pushed("lock/repository", "v1");
    await images.getRepository("lock/repository").updateProperties({ canWrite: false });

    const outcomes = [
      await outcomeOf(client.setManifest(manifest("another"), { tag: "v2" })),
      await outcomeOf(client.uploadBlob(Buffer.from("more"))),
      await outcomeOf(client.deleteManifest(digest)),
      await outcomeOf(client.deleteBlob(sha256("{}"))),
    ];

    expect(outcomes).toEqual([LOCKED, LOCKED, LOCKED, LOCKED]);
  });
});

const credential = {
  getToken: async (scope: string | string[]) => {
    const audience = [scope].flat()[0]?.replace(/\/\.default$/, "") ?? "";
    return { token: await issuer.token({ audience }), expiresOnTimestamp: Date.now() + 600_000 };
  },
};

function options() {
  return { tlsOptions: { ca: registry.ca }, retryOptions: { maxRetries: 0 } };
}

function contentOf(repository: string): ContainerRegistryContentClient {
  return new ContainerRegistryContentClient(registry.url, repository, credential, options());
}

function manifest(name: string) {
  return {
    schemaVersion: 2,
    mediaType: KnownManifestMediaType.OciImageManifest,
    config: { mediaType: EMPTY_CONFIG, digest: sha256("{}"), size: 2 },
    layers: [],
    annotations: { name },
  };
}

async function pushed(repository: string, tag: string) {
  const client = contentOf(repository);
  await client.uploadBlob(Buffer.from("{}"));
  const { digest } = await client.setManifest(manifest(tag), { tag });
  const size = (await client.getManifest(tag)).content.length;
  return { client, digest, size };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** "done", or what ACR's clients can know of a refusal. */
async function outcomeOf(work: Promise<unknown>) {
  try {
    await work;
    return "done";
  } catch (error) {
    if (!isRestError(error)) throw error;
    // `details` has another shape for each operation of the SDK; the message is always the body.
    const { errors } = JSON.parse(error.message) as { errors: { code: string }[] };
    return { status: error.statusCode, code: errors[0]?.code };
  }
}
