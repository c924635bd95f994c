import { z } from "zod";

const texts = z.record(z.string(), z.string());

const ContainerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.looseObject({}).optional(),
  terminated: z
    .object({
      exitCode: z.number(),
      reason: z.string().optional(),
      message: z.string().optional(),
      finishedAt: z.string().optional(),
    })
    .optional(),
});

const ContainerStatus = z.object({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().default(0),
  state: ContainerState.prefault({}),
  lastState: ContainerState.prefault({}),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

export const Container = z.object({
  name: z.string(),
  image: z.string().optional(),
  ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
  resources: z
    .object({ requests: z.record(z.string(), z.union([z.string(), z.number()])).optional() })
    .optional(),
});

const Expression = z.object({
  key: z.string(),
  operator: z.string(),
  values: z.array(z.string()).optional(),
});

const NodeAffinity = z.object({
  requiredDuringSchedulingIgnoredDuringExecution: z
    .object({
      nodeSelectorTerms: z.array(z.object({ matchExpressions: z.array(Expression).default([]) })),
    })
    .optional(),
});

const Toleration = z.object({
  key: z.string().optional(),
  operator: z.string().optional(),
  value: z.string().optional(),
  effect: z.string().optional(),
  tolerationSeconds: z.number().optional(),
});
export type Toleration = z.infer<typeof Toleration>;

export const PodSpec = z.object({
  nodeName: z.string().optional(),
  restartPolicy: z.string().optional(),
  containers: z.array(Container).min(1),
  initContainers: z.array(Container).default([]),
  volumes: z.array(z.object({ name: z.string() })).default([]),
  nodeSelector: texts.default({}),
  affinity: z.object({ nodeAffinity: NodeAffinity.optional() }).optional(),
  tolerations: z.array(Toleration).default([]),
  subdomain: z.string().optional(),
  hostname: z.string().optional(),
});

const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const PodStatus = z.object({
  phase: z.string().default("Pending"),
  reason: z.string().optional(),
  podIP: z.string().optional(),
  startTime: z.string().optional(),
  conditions: z.array(Condition).default([]),
  containerStatuses: z.array(ContainerStatus).default([]),
  initContainerStatuses: z.array(ContainerStatus).default([]),
});

/** What the controllers read of a Pod. */
export const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(""),
    uid: z.string().default(""),
    labels: texts.default({}),
    finalizers: z.array(z.string()).default([]),
    creationTimestamp: z.string().default(""),
    deletionTimestamp: z.string().optional(),
  }),
  spec: PodSpec,
  status: PodStatus.prefault({}),
});
export type Pod = z.infer<typeof Pod>;

export function hasEnded({ status }: Pod): boolean {
  return status.phase === "Succeeded" || status.phase === "Failed";
}

export function isReady({ status }: Pod): boolean {
  return status.conditions.some((each) => each.type === "Ready" && each.status === "True");
}

export function isTerminating({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}
