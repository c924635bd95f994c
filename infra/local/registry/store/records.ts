import { z } from "zod";

import { Attributes } from "./attributes.ts";

/** Columns that hold JSON. */
const jsonText = z.string().transform((text): unknown => JSON.parse(text));

const times = { createdAt: z.string(), updatedAt: z.string() };
const attributes = jsonText.pipe(Attributes);

/** A repository exists from its first manifest on. */
export const Repository = z.object({ name: z.string(), attributes, ...times });
export type Repository = z.infer<typeof Repository>;

export const Tag = z.object({ name: z.string(), digest: z.string(), attributes, ...times });
export type Tag = z.infer<typeof Tag>;

export const ManifestRecord = z.object({
  digest: z.string(),
  mediaType: z.string(),
  /** Bytes of the manifest itself. */
  size: z.number(),
  /** Bytes of the manifest and of what it names. */
  imageSize: z.number(),
  configMediaType: z.string().nullable(),
  artifactType: z.string().nullable(),
  /** The digest that this manifest refers to. */
  subject: z.string().nullable(),
  annotations: jsonText.pipe(z.record(z.string(), z.string())),
  attributes,
  ...times,
});
export type ManifestRecord = z.infer<typeof ManifestRecord>;

export type NewManifest = Omit<ManifestRecord, "attributes" | "createdAt" | "updatedAt"> & {
  readonly body: Buffer;
};
