import { z } from "zod";

const Condition = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  lastHeartbeatTime: z.string().optional(),
});

const Taint = z.object({ key: z.string(), value: z.string().optional(), effect: z.string() });
export type Taint = z.infer<typeof Taint>;

/** What the controllers read of a Node. */
export const Node = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z
    .object({ unschedulable: z.boolean().default(false), taints: z.array(Taint).default([]) })
    .prefault({}),
  status: z
    .object({
      allocatable: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      capacity: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
      daemonEndpoints: z
        .object({ kubeletEndpoint: z.object({ Port: z.number() }).optional() })
        .optional(),
      conditions: z.array(Condition).default([]),
    })
    .prefault({}),
});
export type Node = z.infer<typeof Node>;

export function isNodeReady({ status }: Node): boolean {
  return status.conditions.some((each) => each.type === "Ready" && each.status === "True");
}
