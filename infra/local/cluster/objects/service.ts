import { z } from "zod";

const Port = z.object({
  name: z.string().optional(),
  port: z.number().int(),
  protocol: z.string().default("TCP"),
  targetPort: z.union([z.string(), z.number()]).optional(),
});
export type ServicePort = z.infer<typeof Port>;

/** What the controllers read of a Service. */
export const Service = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string().default("") }),
  spec: z
    .object({
      selector: z.record(z.string(), z.string()).optional(),
      ports: z.array(Port).default([]),
      publishNotReadyAddresses: z.boolean().default(false),
      clusterIP: z.string().optional(),
      type: z.string().default("ClusterIP"),
    })
    .prefault({}),
});
export type Service = z.infer<typeof Service>;
