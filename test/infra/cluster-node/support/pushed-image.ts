import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";

import { extract } from "tar-stream";
import { expect } from "vitest";

import type { OciRegistry } from "./oci-registry.ts";

/** The image under a tag, after a check that its layer is the one that its config names. */
export async function pushedImage(
  registry: OciRegistry,
  tag: string,
): Promise<{ manifest: unknown; config: string; files: Map<string, Buffer> }> {
  const bytes = registry.manifests.get(tag)?.bytes;
  const manifest = JSON.parse(String(bytes)) as {
    config: { digest: string; size: number };
    layers: { digest: string; size: number }[];
  };
  const layer = registry.blobs.get(manifest.layers[0]?.digest ?? "") ?? Buffer.alloc(0);
  expect(layer).toHaveLength(manifest.layers[0]?.size ?? -1);
  const tar = gunzipSync(layer);
  const config = String(registry.blobs.get(manifest.config.digest));
  expect(config).toContain(createHash("sha256").update(tar).digest("hex"));
  return { manifest, config, files: await unpack(tar) };
}

export function digestIn(registry: OciRegistry, tag: string): string {
  const bytes = registry.manifests.get(tag)?.bytes ?? "";
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

async function unpack(tar: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const archive = extract();
  archive.end(tar);
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array));
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

export function readHeader(file: Buffer | undefined): {
  header: Record<string, object>;
  dataBytes: number;
} {
  const bytes = file ?? Buffer.alloc(8);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString("utf8")) as Record<
    string,
    object
  >;
  return { header, dataBytes: bytes.length - 8 - length };
}
