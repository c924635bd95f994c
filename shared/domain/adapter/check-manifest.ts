import { z } from "zod";

import { type Checked, parseJson, quote, refuse, settle } from "./checked.ts";

/** KAITO writes the preset's name, exactly as it stands in the Workspace (preset_tuning.go:335). */
export const MODEL_ANNOTATION = "sh.kaito.model.name";

const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, "not a sha256 digest"),
  size: z.int().positive(),
});
export type Descriptor = z.infer<typeof Descriptor>;

const Manifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: Descriptor,
  layers: z.array(Descriptor),
  annotations: z.record(z.string(), z.string()).default({}),
});

export const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;
const LAYER_TYPES = [
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
] as const;

/** KAITO's own is 99 bytes. */
const MAX_CONFIG_BYTES = 64 * 1024;
/** Rank 16 on all modules of a 32B model is below 1 GB. */
const MAX_LAYER_BYTES = 4 * 1024 ** 3;

export interface AdapterManifest {
  readonly config: Descriptor;
  readonly layer: Descriptor;
}

/** Checks an image's manifest against what KAITO's pusher makes (registry.md, section 4). */
export function checkManifest(
  text: string,
  expected: { readonly model: string },
): Checked<AdapterManifest> {
  const parsed = parseJson(text);
  if (!parsed) return refuse("the manifest is not JSON");
  if (isIndex(parsed.value)) {
    return refuse("the image is an index of several images; KAITO pushes one image");
  }
  const manifest = Manifest.safeParse(parsed.value);
  if (!manifest.success) {
    const { issues } = manifest.error;
    return refuse(...issues.map(({ path, message }) => `manifest ${path.join(".")}: ${message}`));
  }
  const { config, layers } = manifest.data;
  const [layer] = layers;
  if (!layer || layers.length > 1) {
    return refuse(`the image has ${layers.length} layers; KAITO pushes exactly one`);
  }
  const problems = [
    ...typeProblems(manifest.data.mediaType, layer),
    ...sizeProblems(config, layer),
    ...modelProblems(manifest.data.annotations, expected.model),
  ];
  return settle(problems, { config, layer });
}

function isIndex(value: unknown): boolean {
  return z.object({ manifests: z.array(z.unknown()) }).safeParse(value).success;
}

function typeProblems(mediaType: string | undefined, layer: Descriptor): string[] {
  const problems: string[] = [];
  if (mediaType !== undefined && !MANIFEST_TYPES.some((known) => known === mediaType)) {
    problems.push(`the manifest's media type is ${quote(mediaType)}`);
  }
  if (!LAYER_TYPES.some((known) => known === layer.mediaType)) {
    problems.push(`the layer's media type is ${quote(layer.mediaType)}, not a gzipped tar`);
  }
  return problems;
}

function sizeProblems(config: Descriptor, layer: Descriptor): string[] {
  const problems: string[] = [];
  if (config.size > MAX_CONFIG_BYTES) {
    problems.push(`the config blob has ${config.size} bytes, more than ${MAX_CONFIG_BYTES}`);
  }
  if (layer.size > MAX_LAYER_BYTES) {
    problems.push(`the layer has ${layer.size} bytes, more than ${MAX_LAYER_BYTES}`);
  }
  return problems;
}

function modelProblems(annotations: Readonly<Record<string, string>>, model: string): string[] {
  const found = annotations[MODEL_ANNOTATION];
  return found === model
    ? []
    : [`the annotation ${MODEL_ANNOTATION} is ${quote(found)}; it must be ${quote(model)}`];
}
