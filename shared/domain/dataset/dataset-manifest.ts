import { z } from "zod";

import type { Sha256 } from "../request-id.ts";

const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);

const ManifestBlob = z.object({
  container: z.string(),
  name: z.string(),
  etag: z.string(),
  size: z.number().int().nonnegative(),
  sha256: Sha256Hex,
  rows: z.number().int().nonnegative(),
});

/** What a run trains on, frozen. Written once, kept as long as a version names it. */
export const DatasetManifest = z.object({
  version: z.literal(1),
  pipeline: z.string(),
  run: z.string(),
  /** In the order of their rows in the merged file. */
  blobs: z.array(ManifestBlob).min(1),
  rows: z.number().int().positive(),
  /** The merged file that the trainer downloads. */
  file: z.object({
    name: z.string(),
    size: z.number().int().positive(),
    sha256: Sha256Hex,
  }),
  /** Names the data: the same for two runs that train on the same blobs. */
  sha256: Sha256Hex,
});
export type DatasetManifest = z.infer<typeof DatasetManifest>;

export function createDatasetManifest(
  facts: Omit<DatasetManifest, "version" | "sha256">,
  sha256: Sha256,
): DatasetManifest {
  const manifest = { version: 1, ...facts } as const;
  return { ...manifest, sha256: sha256(canonicalManifest(manifest)) };
}

/** The text that is hashed: what was trained on, in one fixed order of keys, and not by which run. */
export function canonicalManifest({
  version,
  blobs,
  rows,
  file,
}: Omit<DatasetManifest, "pipeline" | "run" | "sha256">): string {
  return JSON.stringify({
    version,
    blobs: blobs.map((blob) => ({
      container: blob.container,
      name: blob.name,
      etag: blob.etag,
      size: blob.size,
      sha256: blob.sha256,
      rows: blob.rows,
    })),
    rows,
    file: { name: file.name, size: file.size, sha256: file.sha256 },
  });
}
