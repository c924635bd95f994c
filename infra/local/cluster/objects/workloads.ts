import { z } from "zod";

import { PodSpec } from "./pod.ts";

const texts = z.record(z.string(), z.string());
const count = z.number().int().min(0);

const Template = z.object({
  metadata: z.object({ labels: texts.default({}), annotations: texts.optional() }).prefault({}),
  spec: PodSpec,
});

const Metadata = z.object({
  name: z.string(),
  namespace: z.string().default(""),
  uid: z.string().default(""),
  generation: z.number().default(1),
  annotations: texts.default({}),
  labels: texts.default({}),
  finalizers: z.array(z.string()).default([]),
  deletionTimestamp: z.string().optional(),
});

const JobCondition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type JobCondition = z.infer<typeof JobCondition>;

const JobStatus = z.looseObject({
  startTime: z.string().optional(),
  completionTime: z.string().optional(),
  active: count.optional(),
  ready: count.optional(),
  terminating: count.optional(),
  succeeded: count.optional(),
  failed: count.optional(),
  conditions: z.array(JobCondition).optional(),
  uncountedTerminatedPods: z
    .object({
      succeeded: z.array(z.string()).optional(),
      failed: z.array(z.string()).optional(),
    })
    .optional(),
});
export type JobStatus = z.infer<typeof JobStatus>;

/** What the controllers read of a Job. */
export const Job = z.object({
  metadata: Metadata,
  spec: z.object({
    parallelism: count.default(1),
    completions: count.optional(),
    backoffLimit: count.default(6),
    activeDeadlineSeconds: count.optional(),
    ttlSecondsAfterFinished: count.optional(),
    suspend: z.boolean().default(false),
    template: Template,
  }),
  status: JobStatus.prefault({}),
});
export type Job = z.infer<typeof Job>;

const StatefulSetStatus = z.looseObject({
  observedGeneration: z.number().optional(),
  replicas: count.default(0),
  readyReplicas: count.optional(),
  currentReplicas: count.optional(),
  updatedReplicas: count.optional(),
  currentRevision: z.string().optional(),
  updateRevision: z.string().optional(),
});

/** What the controllers read of a StatefulSet. */
export const StatefulSet = z.object({
  metadata: Metadata,
  spec: z.object({
    replicas: count.default(1),
    serviceName: z.string().default(""),
    podManagementPolicy: z.string().default("OrderedReady"),
    selector: z.object({ matchLabels: texts.default({}) }),
    updateStrategy: z.object({ type: z.string().default("RollingUpdate") }).prefault({}),
    revisionHistoryLimit: count.default(10),
    template: Template,
  }),
  status: StatefulSetStatus.prefault({}),
});
export type StatefulSet = z.infer<typeof StatefulSet>;
