import { createHash, randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";

import { type Header, pack } from "tar-stream";

import { contentHash } from "../../shared/domain/adapter/content-hash.ts";
import type { VerifiedAdapter } from "../../shared/ports/adapters.ts";
import type { Client } from "../infra/registry/support/client.ts";
import { pushBlob, putManifest } from "../infra/registry/support/content.ts";
import { layOut, weightsFile } from "../unit/domain/adapter/adapter-parts.ts";

export interface AdapterImage {
  readonly model: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly config: Buffer;
  readonly layers: readonly Buffer[];
  /** What a careful reader finds in it, if nothing is wrong with it. */
  readonly facts: VerifiedAdapter;
}

export type TarEntry = Partial<Header> & { readonly name: string; readonly content?: Buffer };

/** How an image differs from what KAITO's pusher makes of an adapter of rank 8. */
export interface ImageChanges {
  readonly model?: string;
  /** Rank of the weights, and of the configuration unless that is given. */
  readonly rank?: number;
  /** Columns of each matrix: 32 bytes of random weights each, at rank 8. */
  readonly width?: number;
  readonly weights?: Buffer;
  readonly adapterConfig?: string;
  readonly entries?: (entries: readonly TarEntry[]) => readonly TarEntry[];
  readonly tar?: (tar: Buffer) => Buffer;
  readonly layer?: (layer: Buffer) => Buffer;
  readonly diffId?: string;
  readonly configBlob?: string;
  readonly manifest?: (manifest: KaitoManifest) => object;
  readonly mediaType?: string;
}

export interface KaitoManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: BlobDescriptor;
  readonly layers: readonly BlobDescriptor[];
  readonly annotations: Readonly<Record<string, string>>;
}

interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const MTIME = new Date("2026-11-24T00:52:16Z");
export const MODEL = "phi-4-mini-instruct";

/** The bytes of `adapter_model.safetensors`: one adapted module, random weights. */
export function makeWeights(rank: number, width = 64): Buffer {
  const module = "base_model.model.model.layers.0.self_attn.qkv_proj";
  const { fileSize, header } = weightsFile(
    layOut({
      [`${module}.lora_A.weight`]: [rank, width],
      [`${module}.lora_B.weight`]: [width, rank],
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, randomBytes(fileSize - 8 - header.length)]);
}

export function makeAdapterConfig(rank: number): string {
  return JSON.stringify({
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: "/workspace/tfs/weights",
    r: rank,
    lora_alpha: 16,
    target_modules: ["qkv_proj"],
    bias: "none",
  });
}

/** Builds the image that `pusher.sh` would push (registry.md, section 4), with the changes. */
export async function makeAdapterImage(changes: ImageChanges = {}): Promise<AdapterImage> {
  const { model = MODEL, rank = 8, width = 64, mediaType = OCI_MANIFEST } = changes;
  const { weights = makeWeights(rank, width), adapterConfig = makeAdapterConfig(rank) } = changes;
  const { layer, tar } = await makeLayer(weights, adapterConfig, changes);
  const config = makeConfigBlob(tar, changes);
  const ordinary = makeManifest(mediaType, model, config, layer);
  const manifest = JSON.stringify(changes.manifest?.(ordinary) ?? ordinary);

  const weightsSha256 = sha256(weights);
  const configSha256 = sha256(adapterConfig);
  return {
    model,
    manifest,
    mediaType,
    config,
    layers: [layer],
    facts: {
      digest: digestOf(manifest),
      contentHash: contentHash({ weightsSha256, configSha256 }, sha256),
      weightsSha256,
      configSha256,
      rank,
      targetModules: ["qkv_proj"],
      sizeBytes: config.length + layer.length,
    },
  };
}

async function makeLayer(
  weights: Buffer,
  adapterConfig: string,
  changes: ImageChanges,
): Promise<{ tar: Buffer; layer: Buffer }> {
  const entries: readonly TarEntry[] = [
    { name: "data/", type: "directory" },
    { name: "data/adapter_model.safetensors", content: weights },
    { name: "data/adapter_config.json", content: Buffer.from(adapterConfig) },
  ];
  const packed = await packTar(changes.entries?.(entries) ?? entries);
  const tar = changes.tar?.(packed) ?? packed;
  const gzipped = gzipSync(tar, { level: 6 });
  return { tar, layer: changes.layer?.(gzipped) ?? gzipped };
}

function makeConfigBlob(tar: Buffer, { configBlob, diffId = digestOf(tar) }: ImageChanges): Buffer {
  return Buffer.from(configBlob ?? `{"rootfs":{"diff_ids":["${diffId}"]}}`);
}

function makeManifest(
  mediaType: string,
  model: string,
  config: Buffer,
  layer: Buffer,
): KaitoManifest {
  return {
    schemaVersion: 2,
    mediaType,
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: [describe("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    annotations: {
      "org.opencontainers.image.created": "2026-11-24T00:52:16Z",
      "sh.kaito.model.name": model,
    },
  };
}

/** Pushes the image as oras does: blobs, then the manifest under its tag. */
export async function pushAdapterImage(
  client: Client,
  repository: string,
  tag: string,
  { config, layers, manifest, mediaType }: AdapterImage,
): Promise<void> {
  for (const blob of [config, ...layers]) await pushBlob(client, repository, blob);
  const reply = await putManifest(client, repository, tag, manifest, mediaType);
  if (reply.status !== 201) throw new Error(`the image was refused: ${reply.body.toString()}`);
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

export function digestOf(content: Buffer | string): string {
  return `sha256:${sha256(content)}`;
}

async function packTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) {
    archive.entry({ mtime: MTIME, ...header }, content ?? Buffer.alloc(0));
  }
  archive.finalize();
  return buffer(archive);
}

function describe(mediaType: string, content: Buffer): BlobDescriptor {
  return { mediaType, digest: digestOf(content), size: content.length };
}
