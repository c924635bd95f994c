import type { Schema } from "../registry/structural-schema.ts";

const TEXT: Schema = { type: "string" };
const TEXTS: Schema = { type: "array", items: TEXT };
const ANY: Schema = { type: "any" };

const DATA_SOURCE: Schema = {
  type: "object",
  fields: {
    name: TEXT,
    urls: TEXTS,
    volumeSource: ANY,
    image: TEXT,
    imagePullSecrets: TEXTS,
  },
};

const PRESET: Schema = {
  type: "object",
  required: ["name"],
  fields: {
    name: TEXT,
    accessMode: { type: "string", default: "public" },
    presetOptions: {
      type: "object",
      fields: { image: TEXT, imagePullSecrets: TEXTS, modelAccessSecret: TEXT },
    },
  },
};

/** kaito: config/crd/bases/kaito.sh_workspaces.yaml:418-863 (v1beta1). There is no `spec`. */
export const WORKSPACE_SCHEMA: Schema = {
  type: "object",
  fields: {
    resource: {
      type: "object",
      required: ["labelSelector"],
      fields: {
        count: { type: "integer", default: 1 },
        instanceType: TEXT,
        labelSelector: {
          type: "object",
          fields: {
            matchLabels: { type: "map", values: TEXT },
            matchExpressions: {
              type: "array",
              items: {
                type: "object",
                required: ["key", "operator"],
                fields: { key: TEXT, operator: TEXT, values: TEXTS },
              },
            },
          },
        },
        preferredNodes: TEXTS,
        partition: {
          type: "object",
          required: ["mode"],
          fields: { mode: TEXT, profile: TEXT, count: { type: "integer" } },
        },
      },
    },
    inference: {
      type: "object",
      fields: {
        preset: PRESET,
        template: ANY,
        config: TEXT,
        adapters: {
          type: "array",
          items: { type: "object", fields: { source: DATA_SOURCE, strength: TEXT } },
        },
      },
    },
    tuning: {
      type: "object",
      required: ["input", "output"],
      fields: {
        preset: PRESET,
        method: TEXT,
        config: TEXT,
        input: DATA_SOURCE,
        output: {
          type: "object",
          fields: { volumeSource: ANY, image: TEXT, imagePushSecret: TEXT },
        },
      },
    },
    status: ANY,
  },
};
