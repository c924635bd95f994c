import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { ensureCertificates } from "../../infra/local/certificates/certificates.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import { putManifest } from "../infra/registry/support/content.ts";
import { type AdapterImage, makeAdapterImage, pushAdapterImage } from "../support/adapter-image.ts";
import { type PlainRegistry, startPlainRegistry } from "./adapters-plain-registry.ts";
import { type AdapterRegistry, documentsOf, startAdapterRegistry } from "./adapters-registry.ts";

/** A registry of OCI's distribution specification 1.0: no locks, no list of referrers. */
let registry: AdapterRegistry;
let plain: PlainRegistry;
let adapters: Adapters;
let directory: string;

const TYPE = "application/vnd.example.lineage.v1+json";

beforeAll(async () => {
  registry = await startAdapterRegistry();
  directory = await mkdtemp(path.join(os.tmpdir(), "plain-registry-"));
  const files = await ensureCertificates(directory);
  plain = await startPlainRegistry(registry.url, registry.ca, files);
  adapters = registry.connect({
    loginServer: plain.loginServer,
    tls: { ca: await readFile(files.caFile, "utf8") },
  });
});

afterAll(async () => {
  await plain.stop();
  await registry.stop();
  await rm(directory, { recursive: true });
});

async function pushed(repository: string): Promise<AdapterImage> {
  const image = await makeAdapterImage();
  await pushAdapterImage(registry.client, repository, "support-1", image);
  return image;
}

test("publish() tags without a lock", async () => {
  const { facts } = await pushed("plain/publish");

  await adapters.publish("plain/publish", "v1", facts.digest);
  await adapters.publish("plain/publish", "v1", facts.digest);

  expect(await adapters.resolve("plain/publish", "v1")).toBe(facts.digest);
});

test("publish() does not move a tag", async () => {
  const first = await pushed("plain/moved");
  const second = await pushed("plain/moved");
  await adapters.publish("plain/moved", "v1", first.facts.digest);

  const moving = adapters.publish("plain/moved", "v1", second.facts.digest);

  await expect(moving).rejects.toMatchObject({ code: "VERSION_CONFLICT" });
});

test("attach() keeps the list of referrers itself, each once", async () => {
  const { facts } = await pushed("plain/attach");

  await adapters.attach("plain/attach", facts.digest, TYPE, `{"run":"support-1"}`);
  await adapters.attach("plain/attach", facts.digest, TYPE, `{"run":"support-2"}`);
  await adapters.attach("plain/attach", facts.digest, TYPE, `{"run":"support-1"}`);

  const list = `manifests/${facts.digest.replace(":", "-")}`;
  const kept = await documentsOf(registry.client, "plain/attach", list, TYPE);
  expect(kept).toEqual([`{"run":"support-1"}`, `{"run":"support-2"}`]);
});

test("attach() overwrites nothing that is not a list", async () => {
  const { facts, manifest } = await pushed("plain/no-list");
  const tag = facts.digest.replace(":", "-");
  await putManifest(registry.client, "plain/no-list", tag, manifest);

  const attaching = adapters.attach("plain/no-list", facts.digest, TYPE, "{}");

  await expect(attaching).rejects.toMatchObject({ code: "INTERNAL" });
  expect(await adapters.resolve("plain/no-list", tag)).toBe(facts.digest);
});

test("untag() leaves the tag where it cannot be deleted without its image", async () => {
  const { facts } = await pushed("plain/untag");

  await adapters.untag("plain/untag", "support-1");

  expect(await adapters.resolve("plain/untag", "support-1")).toBe(facts.digest);
});
