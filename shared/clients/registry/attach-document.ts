import { createHash } from "node:crypto";

import type { ContainerRegistryContentClient } from "@azure/container-registry";
import { z } from "zod";

import { PermanentError } from "../../errors.ts";
import { findManifest, readManifest } from "./read-manifest.ts";
import type { Registry } from "./registry-connection.ts";
import { failed } from "./registry-errors.ts";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";

/** The empty config of an artifact, as the specification has it. */
export const EMPTY = Buffer.from("{}");
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

/**
 * Attaches a document as an OCI referrer. Its bytes follow from the arguments alone, so a second try
 * puts the same manifest and nothing is there twice.
 */
export async function attachDocument(
  registry: Registry,
  repository: string,
  digest: string,
  artifactType: string,
  document: string,
): Promise<void> {
  const doing = `Attaching a document to ${repository}@${digest}`;
  const subject = await readManifest(registry, repository, digest);
  const content = registry.contentOf(repository);
  const layer = Buffer.from(document);
  for (const blob of [EMPTY, layer]) {
    await content.uploadBlob(blob, registry.deadline()).catch(failed(doing));
  }

  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType,
      config: descriptor(EMPTY_TYPE, EMPTY),
      layers: [descriptor(artifactType, layer)],
      subject: descriptor(subject.mediaType, subject.content),
    }),
  );
  const isListed = await putReferrer(registry, content, manifest).catch(failed(doing));
  if (isListed) return;
  await listReferrer(registry, repository, digest, {
    ...descriptor(MANIFEST_TYPE, manifest),
    artifactType,
  });
}

/** @returns whether the registry keeps the list of referrers itself (distribution-spec 1.1) */
async function putReferrer(
  registry: Registry,
  content: ContainerRegistryContentClient,
  manifest: Buffer,
): Promise<boolean> {
  let isListed = false;
  await content.setManifest(manifest, {
    mediaType: MANIFEST_TYPE,
    ...registry.deadline(),
    onResponse({ headers }) {
      isListed = headers.has("oci-subject");
    },
  });
  return isListed;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** All of it is written back, whoever wrote it. */
const Index = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) });

/**
 * Adds to the list that clients of an older registry read: an index under the tag `sha256-<hex>`. Two
 * writers at the same moment could lose an entry; one run at a time registers a version.
 */
async function listReferrer(
  registry: Registry,
  repository: string,
  digest: string,
  referrer: Descriptor & { readonly artifactType: string },
): Promise<void> {
  const tag = digest.replace(":", "-");
  const found = await findManifest(registry, repository, tag);
  const index = Index.safeParse(found?.manifest ?? { manifests: [] });
  if (!index.success) {
    throw new PermanentError("INTERNAL", `${repository}:${tag} is not a list of referrers`);
  }
  const { manifests } = index.data;
  if (manifests.some((listed) => listed.digest === referrer.digest)) return;

  const longer = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX_TYPE,
      ...index.data,
      manifests: [...manifests, referrer],
    }),
  );
  await registry
    .contentOf(repository)
    .setManifest(longer, { tag, mediaType: INDEX_TYPE, ...registry.deadline() })
    .catch(failed(`Listing a referrer of ${repository}@${digest}`));
}

function descriptor(mediaType: string, content: Buffer): Descriptor {
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  return { mediaType, digest, size: content.length };
}
