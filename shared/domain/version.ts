import { z } from "zod";

/** What an adapter version was made of. Travels as an OCI referrer too. */
export const Lineage = z.object({
  pipeline: z.string(),
  generation: z.number().int().positive(),
  run: z.string(),
  requests: z.array(z.string()),
  model: z.string(),
  method: z.enum(["lora", "qlora"]),
  instanceType: z.string(),
  /** sha256 of the dataset manifest: names the data down to the blobs. */
  manifestSha256: z.string(),
  /** sha256 of the merged file that was trained on. */
  datasetSha256: z.string(),
  rows: z.number().int().positive(),
  blobs: z.array(
    z.object({
      container: z.string(),
      name: z.string(),
      etag: z.string(),
      size: z.number().int().nonnegative(),
      sha256: z.string(),
      rows: z.number().int().nonnegative(),
    }),
  ),
  /** sha256 of the training configuration as it was given to KAITO. */
  trainingConfigSha256: z.string(),
});
export type Lineage = z.infer<typeof Lineage>;

/** `claimed`: the number is taken, tag and locks may be missing. `active`: complete, never changes. */
export const VersionState = z.enum(["claimed", "active"]);

export const VersionRecord = z.object({
  pipeline: z.string(),
  version: z.number().int().positive(),
  state: VersionState,
  repository: z.string(),
  /** The image manifest's digest: what is deployed. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** sha256 over the adapter's file hashes: what the version is. */
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** model, data and training configuration in one hash: the same recipe makes nothing new. */
  recipe: z.string().regex(/^[0-9a-f]{64}$/),
  rank: z.number().int().positive(),
  sizeBytes: z.number().int().positive(),
  createdAt: z.iso.datetime(),
  lineage: Lineage,
});
export type VersionRecord = z.infer<typeof VersionRecord>;

/** A version (by content) that failed in serving; nothing automatic serves it again. */
export const Quarantine = z.object({
  contentHash: z.string(),
  version: z.number().int().positive(),
  run: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
});
export type Quarantine = z.infer<typeof Quarantine>;

/** What was made to serve, when and by which run. The newest one is what should serve now. */
export const ReleaseRecord = z.object({
  pipeline: z.string(),
  sequence: z.number().int().positive(),
  run: z.string(),
  version: z.number().int().positive(),
  digest: z.string(),
  workspace: z.string(),
  strategy: z.enum(["inPlace", "blueGreen", "canary", "rolling"]),
  at: z.iso.datetime(),
});
export type ReleaseRecord = z.infer<typeof ReleaseRecord>;
