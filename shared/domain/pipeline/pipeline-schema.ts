import { z } from "zod";

import {
  ContainerName,
  Cron,
  Duration,
  Name,
  Percentage,
  Prefix,
  RepositoryName,
  ServingName,
  SettingName,
} from "./fields.ts";
import { InstanceType, Tuning } from "./tuning-schema.ts";

const Dataset = z.strictObject({
  container: ContainerName,
  prefix: Prefix.optional(),
  quietPeriod: Duration.optional(),
  maxWait: Duration.optional(),
  minRows: z.int().min(1).max(1_000_000).default(10),
  holdout: Percentage.optional(),
});

const Schedule = z.strictObject({
  cron: Cron,
  timeZone: z.string().min(1).max(64).optional(),
  catchUp: z.literal("latest").optional(),
});

const Triggers = z.strictObject({
  upload: z.strictObject({}).default({}),
  webhook: z.strictObject({ secret: SettingName }).optional(),
  schedule: z.array(Schedule).min(1).max(20).optional(),
});

const Question = z.strictObject({
  ask: z.string().min(1).max(4000),
  expect: z
    .strictObject({ contains: z.array(z.string().min(1).max(1000)).min(1).max(20) })
    .optional(),
});

const Evaluation = z.strictObject({
  questions: z.array(Question).max(50).default([]),
  gate: z
    .strictObject({
      minimum: z.number().min(0).max(1).optional(),
      maxRegression: z.number().min(0).max(1).optional(),
    })
    .optional(),
});

const Serving = z.strictObject({
  name: ServingName.optional(),
  instanceType: InstanceType.optional(),
  strategy: z.enum(["inPlace", "blueGreen", "canary", "rolling"]).default("inPlace"),
});

const Budget = z.strictObject({
  perRun: z.number().positive().optional(),
  perMonth: z.number().positive().optional(),
  currency: z.string().regex(/^[A-Z]{3}$/, "a currency such as USD"),
});

const Notification = z.strictObject({
  url: z.url({ protocol: /^https$/, error: "an https address" }),
  secret: SettingName.optional(),
  on: z
    .array(z.enum(["Succeeded", "Failed", "Rejected", "RolledBack", "Superseded", "Cancelled"]))
    .min(1),
});

/**
 * One pipeline document, whole. `unsupported-fields.ts` says which of its fields are not built yet;
 * `parsePipeline` refuses those, so that here they are optional and have no default.
 */
export const PipelineSchema = z
  .strictObject({
    apiVersion: z.literal("rollforward.dev/v1"),
    kind: z.literal("Pipeline"),
    metadata: z.strictObject({ name: Name }),
    dataset: Dataset,
    triggers: Triggers.default({ upload: {} }),
    overlap: z.enum(["queue", "queueLatest", "allow", "forbid", "replace"]).default("queue"),
    tuning: Tuning,
    adapter: z.strictObject({ repository: RepositoryName }),
    evaluation: Evaluation.default({ questions: [] }),
    approval: z.strictObject({ required: z.boolean(), timeout: Duration.optional() }).optional(),
    serving: Serving.default({ strategy: "inPlace" }),
    budget: Budget.optional(),
    notify: z.array(Notification).min(1).max(10).optional(),
  })
  .superRefine(({ metadata: { name }, serving }, context) => {
    if (serving.name !== undefined || ServingName.safeParse(name).success) return;
    const message = "a name that begins with a letter, unless serving.name is given";
    context.addIssue({ code: "custom", path: ["metadata", "name"], message });
  })
  .transform(({ dataset, serving, ...document }) => ({
    ...document,
    dataset: { ...dataset, prefix: dataset.prefix ?? `${document.metadata.name}/` },
    serving: {
      ...serving,
      name: serving.name ?? document.metadata.name,
      instanceType: serving.instanceType ?? document.tuning.instanceType,
    },
  }));

/** A pipeline with every default filled in; durations are milliseconds, percentages are fractions. */
export type Pipeline = z.output<typeof PipelineSchema>;
