import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { inspect } from "node:util";

import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";

import type { Intercept } from "../../infra/local/registry/intercept.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import { codeOf } from "../infra/registry/support/client.ts";
import { putManifest } from "../infra/registry/support/content.ts";
import { temporaryDirectory } from "../infra/registry/support/start.ts";
import {
  type AdapterImage,
  digestOf,
  makeAdapterImage,
  MODEL,
  pushAdapterImage,
} from "../support/adapter-image.ts";
import { startBreakingProxy } from "../support/breaking-proxy.ts";
import { type AdapterRegistry, startAdapterRegistry } from "./adapters-registry.ts";

const REPOSITORY = "adapters/faults";
const EXPECTED = { model: MODEL, rank: 8 };
const TYPE = "application/vnd.example.lineage.v1+json";

let registry: AdapterRegistry;
let image: AdapterImage;
/** What the hook of the registry does in this test. */
let before: Intercept["before"];

beforeAll(async () => {
  registry = await startAdapterRegistry({
    intercept: { before: async (request) => before?.(request) },
  });
  // Two megabytes that do not shrink: more than any buffer on the way holds.
  image = await makeAdapterImage({ width: 32_768 });
  await pushAdapterImage(registry.client, REPOSITORY, "support-1", image);
});

afterAll(async () => {
  await registry.stop();
});

beforeEach(() => {
  before = undefined;
});

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
}

/** The client on a way that is cut once for each entry of `limits`, after so many bytes. */
async function cutAfter(limits: readonly number[], onCut?: () => Promise<void>) {
  const port = Number(new URL(registry.url).port);
  const proxy = await startBreakingProxy(port, limits, onCut);
  onTestFinished(async () => proxy.stop());
  const loginServer = `localhost:${proxy.port}`;
  return { proxy, adapters: registry.connect({ loginServer, patienceMs: 250 }) };
}

const CALLS: readonly { name: string; call: (adapters: Adapters) => Promise<unknown> }[] = [
  { name: "resolve", call: (adapters) => adapters.resolve(REPOSITORY, "support-1") },
  {
    name: "verify",
    call: (adapters) => adapters.verify(REPOSITORY, image.facts.digest, EXPECTED),
  },
  {
    name: "publish",
    call: (adapters) => adapters.publish(REPOSITORY, "v9", image.facts.digest),
  },
  {
    name: "attach",
    call: (adapters) => adapters.attach(REPOSITORY, image.facts.digest, TYPE, "{}"),
  },
  { name: "untag", call: (adapters) => adapters.untag(REPOSITORY, "support-9") },
  { name: "dockerConfig", call: (adapters) => adapters.dockerConfig() },
  { name: "check", call: (adapters) => adapters.check(REPOSITORY) },
];

async function codesOf(adapters: Adapters): Promise<Record<string, unknown>> {
  const codes = CALLS.map(async ({ name, call }): Promise<[string, unknown]> => {
    const error = await thrownBy(call(adapters));
    return [name, error instanceof Error && "code" in error ? error.code : error];
  });
  return Object.fromEntries(await Promise.all(codes));
}

function all(code: string): Record<string, string> {
  return Object.fromEntries(CALLS.map(({ name }) => [name, code]));
}

async function blobFile(dataDirectory: string, digest: string): Promise<string> {
  const name = digest.replace("sha256:", "");
  const files = await readdir(dataDirectory, { recursive: true });
  const file = files.find((found) => path.basename(found) === name);
  if (file === undefined) throw new Error(`no file has the digest ${digest}`);
  return path.join(dataDirectory, file);
}

describe("a download", () => {
  test("that breaks in the middle begins again", async () => {
    const { adapters, proxy } = await cutAfter([500_000, 900_000]);

    const found = await adapters.verify(REPOSITORY, image.facts.digest, EXPECTED);

    expect(found).toEqual(image.facts);
    expect(proxy.cuts()).toBe(2);
  });

  test("that breaks again and again says nothing about the adapter", async () => {
    const { adapters, proxy } = await cutAfter([500_000, 500_000, 500_000]);

    const error = await thrownBy(adapters.verify(REPOSITORY, image.facts.digest, EXPECTED));

    expect(error).toMatchObject({ name: "TransientError", code: "REGISTRY_UNAVAILABLE" });
    expect(proxy.cuts()).toBe(3);
  });

  test("that stands still is given up", async () => {
    const { promise: never } = Promise.withResolvers<void>();
    const { adapters, proxy } = await cutAfter([500_000, 500_000, 500_000], async () => never);

    const error = await thrownBy(adapters.verify(REPOSITORY, image.facts.digest, EXPECTED));

    expect(error).toMatchObject({ name: "TransientError", code: "REGISTRY_UNAVAILABLE" });
    expect(proxy.cuts()).toBe(3);
  });
});

describe("a blob", () => {
  test("whose bytes are others than its digest's is found out", async () => {
    const dataDirectory = path.join(await temporaryDirectory(), "data");
    const damaged = await startAdapterRegistry({ dataDirectory });
    onTestFinished(async () => damaged.stop());
    await pushAdapterImage(damaged.client, REPOSITORY, "support-1", image);
    const [layer = Buffer.alloc(0)] = image.layers;
    const bytes = Buffer.from(layer);
    bytes.writeUInt8(bytes.readUInt8(1_000_000) ^ 1, 1_000_000);
    await writeFile(await blobFile(dataDirectory, digestOf(layer)), bytes);

    const error = await thrownBy(damaged.adapters.verify(REPOSITORY, image.facts.digest, EXPECTED));

    expect(error).toMatchObject({ name: "PermanentError", code: "ADAPTER_INVALID" });
    expect(error).toHaveProperty(
      "details.0",
      `the layer's digest is ${digestOf(bytes)}, not ${digestOf(layer)}`,
    );
  });

  test("that is gone is named", async () => {
    const lost = await makeAdapterImage();
    const [layer = Buffer.alloc(0)] = lost.layers;
    await pushAdapterImage(registry.client, "adapters/lost", "support-1", lost);
    await registry.client.send("DELETE", `/v2/adapters/lost/blobs/${digestOf(layer)}`);

    const error = await thrownBy(
      registry.adapters.verify("adapters/lost", lost.facts.digest, EXPECTED),
    );

    expect(error).toMatchObject({
      code: "ADAPTER_INVALID",
      details: [`the registry has no blob ${digestOf(layer)}`],
    });
  });
});

describe("every call", () => {
  test("outlives one answer of 503", async () => {
    const refused = new Set<string>();
    before = async ({ method, path: asked }) => {
      const key = `${method} ${asked}`;
      if (refused.has(key)) return undefined;
      refused.add(key);
      return { status: 503 };
    };

    const codes = await codesOf(registry.connect({}));

    expect(codes).toEqual(all("nothing was thrown"));
    expect(refused.size).toBeGreaterThan(CALLS.length);
  });

  test("is to be asked again later when the registry goes on answering 503", async () => {
    before = async () => ({ status: 503 });

    const codes = await codesOf(registry.connect({}));

    expect(codes).toEqual(all("REGISTRY_UNAVAILABLE"));
  });

  test("is to be asked again later when nobody answers", async () => {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    onTestFinished(() => resolve(undefined));
    before = async () => late;

    const codes = await codesOf(registry.connect({ patienceMs: 100 }));

    expect(codes).toEqual(all("REGISTRY_UNAVAILABLE"));
  });

  test("says that it was not let in when a role is missing", async () => {
    before = async () => ({ status: 403, code: "DENIED" });

    const codes = await codesOf(registry.connect({}));

    expect(codes).toEqual(all("PERMISSION_DENIED"));
  });

  test("says that it was not let in when the identity is refused, and never its token", async () => {
    const token = "eyJ.a-secret-that-must-not-be-told.sig";
    const adapters = registry.connect({
      credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) },
    });

    const errors = await Promise.all(CALLS.map(async ({ call }) => thrownBy(call(adapters))));

    expect(errors).toMatchObject(CALLS.map(() => ({ code: "PERMISSION_DENIED" })));
    expect(inspect(errors, { depth: 12, showHidden: true })).not.toContain("a-secret");
  });
});

test.each([500, 429])("an answer of %i is to be asked for again later", async (status) => {
  before = async () => ({ status });

  const error = await thrownBy(registry.connect({}).resolve(REPOSITORY, "support-1"));

  expect(error).toMatchObject({
    name: "TransientError",
    message: `REGISTRY_UNAVAILABLE: Reading the manifest support-1 of ${REPOSITORY}: the registry answered ${status} UNAVAILABLE`,
  });
});

test("a credential without a token leaves nothing of its words in the error", async () => {
  const adapters = registry.connect({
    credential: {
      getToken: async () => {
        throw new Error("the answer was a-secret");
      },
    },
  });

  const errors = await Promise.all(CALLS.map(async ({ call }) => thrownBy(call(adapters))));

  expect(errors).toMatchObject(CALLS.map(() => ({ code: "REGISTRY_UNAVAILABLE" })));
  expect(inspect(errors, { depth: 12, showHidden: true })).not.toContain("a-secret");
});

test("a registry that cannot be reached is to be asked again later", async () => {
  const adapters = registry.connect({ loginServer: "localhost:1" });

  const error = await thrownBy(adapters.resolve(REPOSITORY, "support-1"));

  expect(error).toMatchObject({
    code: "REGISTRY_UNAVAILABLE",
    message: expect.stringContaining("ECONNREFUSED"),
  });
});

test("a published image cannot be deleted, nor its tag put elsewhere", async () => {
  const { digest } = image.facts;
  await registry.adapters.publish(REPOSITORY, "v1", digest);

  const deleted = await registry.client.send("DELETE", `/v2/${REPOSITORY}/manifests/${digest}`);
  const other = await makeAdapterImage();
  await pushAdapterImage(registry.client, REPOSITORY, "other", other);
  const moved = await putManifest(registry.client, REPOSITORY, "v1", other.manifest);

  expect([deleted.status, codeOf(deleted)]).toEqual([405, "REGISTRY_DISALLOWED_OPERATION"]);
  expect([moved.status, codeOf(moved)]).toEqual([405, "REGISTRY_DISALLOWED_OPERATION"]);
});

test("dockerConfig() lets whoever has it pull, as oras and skopeo do", async () => {
  const { auths } = JSON.parse(await registry.adapters.dockerConfig()) as {
    auths: Record<string, { auth: string }>;
  };
  const signedIn = registry.stranger.with(`Basic ${auths[registry.loginServer]?.auth}`);

  const pulled = await signedIn.send("GET", `/v2/${REPOSITORY}/manifests/${image.facts.digest}`);

  expect(pulled.status).toBe(200);
  expect(pulled.body.toString("utf8")).toBe(image.manifest);
});
