import { z } from "zod";

const texts = z.record(z.string(), z.string());

const DataSource = z.object({
  name: z.string().default(""),
  urls: z.array(z.string()).default([]),
  image: z.string().default(""),
  volumeSource: z.looseObject({}).optional(),
  imagePullSecrets: z.array(z.string()).default([]),
});
export type DataSource = z.infer<typeof DataSource>;

const Preset = z.object({
  name: z.string(),
  accessMode: z.string().optional(),
  presetOptions: z.looseObject({ modelAccessSecret: z.string().optional() }).optional(),
});

const Adapter = z.object({ source: DataSource.optional(), strength: z.string().optional() });
export type Adapter = z.infer<typeof Adapter>;

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
  observedGeneration: z.number(),
});
export type Condition = z.infer<typeof Condition>;

const Inference = z.object({
  preset: Preset.optional(),
  template: z.looseObject({}).optional(),
  config: z.string().default(""),
  adapters: z.array(Adapter).default([]),
});
export type Inference = z.infer<typeof Inference>;

const Tuning = z.object({
  preset: Preset.optional(),
  method: z.string().default(""),
  config: z.string().default(""),
  input: DataSource,
  output: z.object({
    image: z.string().default(""),
    imagePushSecret: z.string().default(""),
    volumeSource: z.looseObject({}).optional(),
  }),
});
export type Tuning = z.infer<typeof Tuning>;

/** What KAITO reads of a Workspace (kaito: api/v1beta1/workspace_types.go). */
export const Workspace = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(""),
    uid: z.string().default(""),
    generation: z.number().default(1),
    annotations: texts.default({}),
    finalizers: z.array(z.string()).default([]),
    deletionTimestamp: z.string().optional(),
  }),
  resource: z
    .object({
      count: z.number().default(1),
      instanceType: z.string().default(""),
      labelSelector: z
        .object({
          matchLabels: texts.default({}),
          matchExpressions: z
            .array(
              z.object({
                key: z.string(),
                operator: z.string(),
                values: z.array(z.string()).default([]),
              }),
            )
            .default([]),
        })
        .prefault({}),
      partition: z.looseObject({}).optional(),
    })
    .prefault({}),
  inference: Inference.optional(),
  tuning: Tuning.optional(),
  status: z
    .object({
      state: z.string().optional(),
      conditions: z.array(Condition).default([]),
      workerNodes: z.array(z.string()).optional(),
      targetNodeCount: z.number().optional(),
    })
    .prefault({}),
});
export type Workspace = z.infer<typeof Workspace>;

export const REVISION_ANNOTATION = "workspace.kaito.io/revision";
export const HASH_ANNOTATION = "workspace.kaito.io/hash";
export const NAME_LABEL = "workspace.kaito.io/name";
export const WORKSPACE_LABEL = "kaito.sh/workspace";
export const NAMESPACE_LABEL = "kaito.sh/workspacenamespace";
export const FINALIZER = "workspace.finalizer.kaito.sh";

/** Where KAITO is installed. */
export const RELEASE_NAMESPACE = "kaito-workspace";

/** kaito: the runtime is vLLM unless the annotation says otherwise. */
export function isVllm({ metadata }: Workspace): boolean {
  return metadata.annotations["kaito.sh/runtime"] !== "transformers";
}
