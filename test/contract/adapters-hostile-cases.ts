import { gzipSync } from "node:zlib";

import { expect } from "vitest";

import {
  digestOf,
  type ImageChanges,
  type KaitoManifest,
  makeAdapterConfig,
  makeWeights,
  type TarEntry,
} from "../support/adapter-image.ts";

const OTHER_DIGEST = digestOf("something else");
const MB = 1024 ** 2;

const CONFIG = "data/adapter_config.json";
const WEIGHTS = "data/adapter_model.safetensors";

function and(...more: readonly TarEntry[]) {
  return (entries: readonly TarEntry[]): readonly TarEntry[] => [...entries, ...more];
}

function without(name: string, ...more: readonly TarEntry[]) {
  return (entries: readonly TarEntry[]): readonly TarEntry[] => [
    ...entries.filter((entry) => entry.name !== name),
    ...more,
  ];
}

export interface Case {
  readonly what: string;
  readonly changes: ImageChanges;
  readonly problems: readonly string[];
}

export const FILES: readonly Case[] = [
  {
    what: "no configuration",
    changes: { entries: without(CONFIG) },
    problems: [`the layer has no ${CONFIG}`],
  },
  {
    what: "no weights",
    changes: { entries: without(WEIGHTS) },
    problems: [`the layer has no ${WEIGHTS}`],
  },
  {
    what: "nothing at all",
    changes: { entries: () => [] },
    problems: [`the layer has no ${CONFIG}`, `the layer has no ${WEIGHTS}`],
  },
  {
    what: "another file",
    changes: { entries: and({ name: "data/README.md", content: Buffer.from("hello") }) },
    problems: [`the layer has "data/README.md", which is not part of an adapter`],
  },
  {
    what: "a path out of the directory",
    changes: { entries: and({ name: "data/../../etc/cron.d/x", content: Buffer.from("*") }) },
    problems: [`the layer has "data/../../etc/cron.d/x", which is not part of an adapter`],
  },
  {
    what: "an absolute path to a known name",
    changes: { entries: and({ name: `/${CONFIG}`, content: Buffer.from("{}") }) },
    problems: [`the layer has "/data/adapter_config.json", which is not part of an adapter`],
  },
  {
    what: "a symbolic link in place of the weights",
    changes: {
      entries: without(WEIGHTS, { name: WEIGHTS, type: "symlink", linkname: "/etc/passwd" }),
    },
    problems: [`${WEIGHTS} is a symlink, not a regular file`],
  },
  {
    what: "a hard link in place of the weights",
    changes: { entries: without(WEIGHTS, { name: WEIGHTS, type: "link", linkname: CONFIG }) },
    problems: [`${WEIGHTS} is a link, not a regular file`],
  },
  {
    what: "a link in place of the directory",
    changes: { entries: without("data/", { name: "data/", type: "symlink", linkname: "/etc" }) },
    problems: ["data/ is a symlink, not a directory"],
  },
  {
    what: "the configuration twice",
    changes: { entries: and({ name: CONFIG, content: Buffer.from(makeAdapterConfig(8)) }) },
    problems: [`the layer has "${CONFIG}" twice`],
  },
  {
    what: "a configuration of two megabytes",
    changes: { adapterConfig: `{${" ".repeat(2 * MB)}}` },
    problems: [`${CONFIG} has 2097154 bytes, more than 1048576`],
  },
  {
    what: "more entries than anybody wants to read",
    changes: {
      entries: () => Array.from({ length: 5000 }, (_, number) => ({ name: `data/${number}` })),
    },
    problems: [
      ...Array.from(
        { length: 20 },
        (_, n) => `the layer has "data/${n}", which is not part of an adapter`,
      ),
      "and 81 more",
    ],
  },
];

export const CONTENTS: readonly Case[] = [
  {
    what: "another rank than was asked for",
    changes: { rank: 16 },
    problems: ["adapter_config.json: r is 16, but the pipeline asked for 8"],
  },
  {
    what: "weights of another rank than the configuration",
    changes: { weights: makeWeights(4) },
    problems: [
      `module "base_model.model.model.layers.0.self_attn.qkv_proj" has rank 4 and 4, but the configuration says 8`,
    ],
  },
  {
    what: "a configuration that is not JSON",
    changes: { adapterConfig: "r: 8" },
    problems: ["adapter_config.json is not JSON"],
  },
  {
    what: "a configuration that is not JSON, and weights that are cut off",
    changes: { adapterConfig: "r: 8", weights: makeWeights(8).subarray(0, -1) },
    problems: [
      "adapter_config.json is not JSON",
      "the weights have 4095 bytes of data, but their header describes 4096",
    ],
  },
  {
    what: "weights without a header",
    changes: { weights: Buffer.from("seven b") },
    problems: ["the weights end before their header"],
  },
  {
    what: "empty weights",
    changes: { weights: Buffer.alloc(0) },
    problems: ["the weights end before their header"],
  },
  {
    what: "weights that claim a header of a terabyte",
    changes: { weights: Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1, 0, 0]), makeWeights(8)]) },
    problems: ["the weights' header claims 1099511627776 bytes, more than 16777216"],
  },
];

export const PACKING: readonly Case[] = [
  {
    what: "half a gzip stream",
    changes: { layer: (layer) => layer.subarray(0, layer.length >> 1) },
    problems: ["the layer cannot be unpacked: unexpected end of file"],
  },
  {
    what: "half a tar",
    changes: { tar: (tar) => tar.subarray(0, 1700) },
    problems: ["the layer cannot be unpacked: Unexpected end of data"],
  },
  {
    what: "no gzip",
    changes: { layer: () => Buffer.from("this is not a gzip stream") },
    problems: ["the layer cannot be unpacked: incorrect header check"],
  },
  {
    what: "no tar",
    changes: { tar: () => Buffer.alloc(2048, "not a tar ") },
    problems: [
      "the layer cannot be unpacked: Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?",
    ],
  },
  {
    what: "words behind the gzip stream",
    changes: { layer: (layer) => Buffer.concat([layer, Buffer.from("and more")]) },
    problems: ["the layer cannot be unpacked: incorrect header check"],
  },
  {
    what: "zeros behind the gzip stream",
    changes: { layer: (layer) => Buffer.concat([layer, Buffer.alloc(3 * MB)]) },
    problems: ["the layer goes on behind its gzip stream"],
  },
  {
    what: "words behind the tar",
    changes: { tar: (tar) => Buffer.concat([tar, Buffer.alloc(512, "more ")]) },
    problems: [
      "the layer cannot be unpacked: Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?",
    ],
  },
  {
    what: "a gzip bomb",
    changes: { layer: () => gzipSync(Buffer.alloc(256 * MB), { level: 1 }), diffId: OTHER_DIGEST },
    problems: [
      expect.stringMatching(/^the layer cannot be unpacked: it unpacks to more than \d+ bytes$/),
    ],
  },
  {
    what: "another digest of the unpacked layer",
    changes: { diffId: OTHER_DIGEST },
    problems: [
      expect.stringMatching(/^the unpacked layer's digest is sha256:\w{64}, not sha256:\w{64}$/),
    ],
  },
  {
    what: "a config blob without layers, and another file in the layer",
    changes: { configBlob: "{}", entries: and({ name: "data/x" }) },
    problems: [
      "the config blob does not name exactly one layer in rootfs.diff_ids",
      `the layer has "data/x", which is not part of an adapter`,
    ],
  },
];

const LIST = "application/vnd.oci.image.index.v1+json";

export const MANIFESTS: readonly Case[] = [
  {
    what: "an index of images",
    changes: {
      mediaType: LIST,
      manifest: () => ({ schemaVersion: 2, mediaType: LIST, manifests: [] }),
    },
    problems: ["the image is an index of several images; KAITO pushes one image"],
  },
  {
    what: "two layers",
    changes: { manifest: twice },
    problems: ["the image has 2 layers; KAITO pushes exactly one"],
  },
  {
    what: "another model",
    changes: { model: "falcon-7b" },
    problems: [
      `the annotation sh.kaito.model.name is "falcon-7b"; it must be "phi-4-mini-instruct"`,
    ],
  },
  {
    what: "no model",
    changes: { manifest: (manifest) => ({ ...manifest, annotations: {} }) },
    problems: [`the annotation sh.kaito.model.name is missing; it must be "phi-4-mini-instruct"`],
  },
];

function twice(manifest: KaitoManifest): object {
  return { ...manifest, layers: [...manifest.layers, ...manifest.layers] };
}
