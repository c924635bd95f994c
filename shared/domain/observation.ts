import { z } from "zod";

// What one look at the cluster saw: only the fields that a decision reads.

export const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});
export type Condition = z.infer<typeof Condition>;

export const ContainerObservation = z.object({
  name: z.string(),
  init: z.boolean(),
  state: z.enum(["waiting", "running", "terminated"]),
  reason: z.string().optional(),
  message: z.string().optional(),
  exitCode: z.number().int().optional(),
  restartCount: z.number().int(),
  /** How it ended last time, when it was started again since. */
  lastExitCode: z.number().int().optional(),
  lastReason: z.string().optional(),
});
export type ContainerObservation = z.infer<typeof ContainerObservation>;

export const PodObservation = z.object({
  name: z.string(),
  phase: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  createdAt: z.string(),
  /** When the pod's Ready condition became True; absent while it is not. */
  readySince: z.string().optional(),
  deleting: z.boolean(),
  nodeName: z.string().optional(),
  containers: z.array(ContainerObservation),
});
export type PodObservation = z.infer<typeof PodObservation>;

export const JobObservation = z.object({
  createdAt: z.string(),
  deleting: z.boolean(),
  complete: z.boolean(),
  /** The Job's own Failed condition: it will not try again. */
  failed: z.object({ reason: z.string(), message: z.string() }).optional(),
  active: z.number().int(),
  failedPods: z.number().int(),
});
export type JobObservation = z.infer<typeof JobObservation>;

/** A tuning Workspace, its Job and its newest pod. `workspace` is absent when there is none. */
export const TuningObservation = z.object({
  workspace: z
    .object({
      createdAt: z.string(),
      deleting: z.boolean(),
      conditions: z.array(Condition),
    })
    .optional(),
  job: JobObservation.optional(),
  pod: PodObservation.optional(),
});
export type TuningObservation = z.infer<typeof TuningObservation>;

/** An inference Workspace with all that the liveness recipe reads (kaito.md, 5.3). */
export const ServingObservation = z.object({
  workspace: z
    .object({
      resourceVersion: z.string(),
      /** Annotation `workspace.kaito.io/hash`. */
      hash: z.string().optional(),
      /** Annotation `workspace.kaito.io/revision`. */
      revision: z.string().optional(),
      ownedBy: z.string().optional(),
      instanceType: z.string().optional(),
      preset: z.string().optional(),
      adapters: z.array(z.object({ name: z.string(), image: z.string() })),
      conditions: z.array(Condition),
      state: z.string().optional(),
    })
    .optional(),
  statefulSet: z
    .object({
      /** Annotation `workspace.kaito.io/revision`. */
      revision: z.string().optional(),
      generation: z.number().int(),
      observedGeneration: z.number().int(),
      replicas: z.number().int(),
      readyReplicas: z.number().int(),
      updatedReplicas: z.number().int(),
      currentRevision: z.string().optional(),
      updateRevision: z.string().optional(),
      /** Images that the template's `puller-*` init containers pull. */
      pulls: z.array(z.string()),
    })
    .optional(),
  pods: z.array(PodObservation),
  /** The stable Service in front: which Workspace it selects. */
  service: z.object({ resourceVersion: z.string(), selects: z.string().optional() }).optional(),
});
export type ServingObservation = z.infer<typeof ServingObservation>;
