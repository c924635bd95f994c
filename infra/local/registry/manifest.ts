import { createHash } from "node:crypto";

import { z } from "zod";

import { type DigestAlgorithm, isDigest } from "./names.ts";
import { RegistryError } from "./registry-error.ts";
import type { NewManifest } from "./store/records.ts";

const IMAGE_TYPES = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);
const INDEX_TYPES = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().refine(isDigest, "is not a digest"),
  size: z.int().nonnegative(),
  urls: z.array(z.string()).optional(),
});
type Descriptor = z.infer<typeof Descriptor>;

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  subject: Descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
};
const Image = z.object({ ...common, config: Descriptor, layers: z.array(Descriptor) });
const Index = z.object({ ...common, manifests: z.array(Descriptor) });

export interface ParsedManifest extends NewManifest {
  /** What must be in the repository before this manifest may be. */
  readonly blobs: readonly string[];
  readonly manifests: readonly string[];
}

/**
 * Reads a manifest as it was pushed.
 *
 * @param contentType of the request; without one, the manifest's own `mediaType` counts
 * @param algorithm of the digest under which it will be stored
 * @throws {RegistryError} MANIFEST_INVALID, naming every field that is wrong
 */
export function parseManifest(
  body: Buffer,
  contentType: string | undefined,
  algorithm: DigestAlgorithm,
): ParsedManifest {
  const document = parseJson(body);
  const declared = contentType?.split(";", 1)[0]?.trim().toLowerCase();
  const own = z.object({ mediaType: z.string().optional() }).safeParse(document).data?.mediaType;
  const mediaType = declared ?? own ?? "";
  if (own !== undefined && own !== mediaType) {
    throw invalid(`mediaType ${own} is not the request's Content-Type ${mediaType}`);
  }
  const record = {
    body,
    digest: `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`,
    mediaType,
    size: body.length,
  };
  if (IMAGE_TYPES.has(mediaType)) return { ...record, ...readImage(document, body.length) };
  if (INDEX_TYPES.has(mediaType)) return { ...record, ...readIndex(document, body.length) };
  throw invalid(
    `media type '${mediaType}' is not one of ${[...IMAGE_TYPES, ...INDEX_TYPES].join(", ")}`,
  );
}

type Content = Omit<ParsedManifest, "body" | "digest" | "mediaType" | "size">;

function readImage(document: unknown, ownSize: number): Content {
  const { annotations, artifactType, config, layers, subject } = check(Image, document);
  return {
    blobs: [config, ...layers].filter(isOurs).map(({ digest }) => digest),
    manifests: [],
    imageSize: sum(ownSize, [config, ...layers]),
    configMediaType: config.mediaType,
    // distribution-spec 1.1, "Listing Referrers": without an artifactType, the config's type stands for it.
    artifactType: artifactType ?? config.mediaType,
    subject: subject?.digest ?? null,
    annotations: annotations ?? {},
  };
}

function readIndex(document: unknown, ownSize: number): Content {
  const { annotations, artifactType, manifests, subject } = check(Index, document);
  return {
    blobs: [],
    manifests: manifests.map(({ digest }) => digest),
    imageSize: sum(ownSize, manifests),
    configMediaType: null,
    artifactType: artifactType ?? null,
    subject: subject?.digest ?? null,
    annotations: annotations ?? {},
  };
}

/** Layers with `urls` may stay where they are (image-spec, "non-distributable layers"). */
function isOurs({ mediaType, urls }: Descriptor): boolean {
  const mayBeForeign = /\.foreign\.|\.nondistributable\./.test(mediaType);
  return !(mayBeForeign && urls !== undefined && urls.length > 0);
}

function sum(ownSize: number, descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((total, { size }) => total + size, ownSize);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw invalid("the body is not JSON", error);
  }
}

function check<Manifest>(schema: z.ZodType<Manifest>, document: unknown): Manifest {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ message, path }) => `${path.join(".") || "manifest"}: ${message}`,
  );
  throw invalid(problems.join("; "));
}

function invalid(message: string, cause?: unknown): RegistryError {
  return new RegistryError(400, "MANIFEST_INVALID", `manifest invalid: ${message}`, { cause });
}
