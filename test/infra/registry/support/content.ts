import { createHash } from "node:crypto";

import type { Client, Reply } from "./client.ts";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";

/** A well-formed digest that no content of these tests has. */
export const ABSENT = `sha256:${"0".repeat(64)}`;

export function sha256(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export async function pushBlob(client: Client, repository: string, content: Buffer | string) {
  const digest = sha256(content);
  const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
  const reply = await client.send("POST", path, { body: content });
  if (reply.status !== 201) throw new Error(`the blob was refused: ${reply.body.toString()}`);
  return { digest, size: Buffer.byteLength(content) };
}

/** An image manifest with an empty config and no layers, whose bytes differ by `name`. */
export function imageNamed(name: string, extra: object = {}): string {
  const config = { mediaType: EMPTY_CONFIG, digest: sha256("{}"), size: 2 };
  const annotations = { "org.example.name": name };
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [],
    annotations,
    ...extra,
  });
}

export async function putManifest(
  client: Client,
  repository: string,
  reference: string,
  body: string,
  type = OCI_MANIFEST,
): Promise<Reply> {
  const headers = { "content-type": type };
  return client.send("PUT", `/v2/${repository}/manifests/${reference}`, { headers, body });
}

/** Pushes an image under a tag. */
export async function pushImage(client: Client, repository: string, tag: string, extra = {}) {
  await pushBlob(client, repository, "{}");
  const body = imageNamed(`${repository}:${tag}`, extra);
  const reply = await putManifest(client, repository, tag, body);
  if (reply.status !== 201) throw new Error(`the image was refused: ${reply.body.toString()}`);
  return {
    body,
    digest: sha256(body),
    descriptor: { mediaType: OCI_MANIFEST, digest: sha256(body), size: body.length },
  };
}
