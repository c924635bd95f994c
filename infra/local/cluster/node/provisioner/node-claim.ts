import { z } from "zod";

/** What is read of a `karpenter.sh/v1` NodeClaim. */
export const NodeClaim = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    finalizers: z.array(z.string()).default([]),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    requirements: z
      .array(z.object({ key: z.string(), values: z.array(z.string()).default([]) }))
      .default([]),
    taints: z
      .array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() }))
      .default([]),
  }),
});
export type NodeClaim = z.infer<typeof NodeClaim>;

/** Where NodeClaims are: they have no namespace. */
export const NODE_CLAIMS = {
  group: "karpenter.sh",
  version: "v1",
  plural: "nodeclaims",
} as const;

export const NODE_CLAIMS_PATH = "/apis/karpenter.sh/v1/nodeclaims";

/** Keeps the claim until its machine is gone, as the GPU provisioner does. */
export const TERMINATION_FINALIZER = "karpenter.sh/termination";

const NODE_PREFIX = "fake-gpu-";

export function nodeNameOf(claimName: string): string {
  return `${NODE_PREFIX}${claimName}`;
}

/** Whether a Node was made here: its pods are ours to run. */
export function isOurNode(nodeName: string | undefined): nodeName is string {
  return nodeName?.startsWith(NODE_PREFIX) ?? false;
}

export function workspaceOf(claim: NodeClaim): string {
  return claim.metadata.labels["kaito.sh/workspace"] ?? "";
}

export function instanceTypeOf(claim: NodeClaim): string {
  const requirement = claim.spec.requirements.find(
    ({ key }) => key === "node.kubernetes.io/instance-type",
  );
  return requirement?.values[0] ?? "";
}
