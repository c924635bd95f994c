import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { constants, gzipSync } from "node:zlib";

import { pack } from "tar-stream";

export interface AdapterFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface AdapterImage {
  readonly config: Blob;
  readonly layer: Blob;
  readonly manifest: Blob;
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** kaito: pkg/workspace/image/pusher.sh and pusher.go: one layer `data/`, a config of diff ids only. */
export async function buildAdapterImage(
  files: readonly AdapterFile[],
  annotations: Readonly<Record<string, string>>,
  now: Date,
  options: { readonly truncateLayer: boolean },
): Promise<AdapterImage> {
  const tar = await packDirectory("data", files, now);
  const gzip = gzipSync(tar, { level: constants.Z_BEST_COMPRESSION });
  const layer = toBlob(options.truncateLayer ? gzip.subarray(0, gzip.length >> 1) : gzip);
  const config = toBlob(Buffer.from(`{"rootfs":{"diff_ids":["${digestOf(tar)}"]}}`));
  const manifest = toBlob(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: {
          mediaType: "application/vnd.oci.image.config.v1+json",
          digest: config.digest,
          size: config.bytes.length,
        },
        layers: [
          {
            mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
            digest: layer.digest,
            size: layer.bytes.length,
            annotations: { "org.opencontainers.image.title": "layer.tar.gz" },
          },
        ],
        annotations: {
          "org.opencontainers.image.created": now.toISOString().replace(/\.\d+Z$/, "Z"),
          ...annotations,
        },
      }),
    ),
  );
  return { config, layer, manifest };
}

function packDirectory(
  directory: string,
  files: readonly AdapterFile[],
  mtime: Date,
): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: `${directory}/`, type: "directory", mode: 0o755, mtime });
  for (const { name, bytes } of files) {
    archive.entry({ name: `${directory}/${name}`, mode: 0o644, mtime }, bytes);
  }
  archive.finalize();
  return buffer(archive);
}

function toBlob(bytes: Buffer): Blob {
  return { digest: digestOf(bytes), bytes };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
