import { randomBytes } from "node:crypto";

import { z } from "zod";

import type { Registry } from "../api/registry/registry.ts";
import { NODES } from "../api/resources/core-resources.ts";
import { NODE_CLAIMS } from "../api/resources/custom-resources.ts";
import { tryRecordEvent } from "../controllers/events.ts";
import type { KubeObject } from "../objects/kube-object.ts";
import { isNodeReady, Node } from "../objects/node.ts";
import { NAMESPACE_LABEL, type Workspace, WORKSPACE_LABEL } from "./workspace.ts";

const Claim = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  status: z
    .object({
      nodeName: z.string().optional(),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().optional(),
            message: z.string().optional(),
          }),
        )
        .default([]),
    })
    .prefault({}),
});
type Claim = z.infer<typeof Claim>;

/** A node condition of the Workspace. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface NodeState {
  readonly claims: Readiness;
  readonly nodes: Readiness;
  readonly workerNodes: readonly string[];
}

/** Makes the NodeClaim if there is none (kaito: pkg/nodeprovision/gpu-provisioner, reconcileNodes). */
export function ensureNodeClaim(
  registry: Registry,
  stored: KubeObject,
  workspace: Workspace,
): void {
  if (claimsOf(registry, workspace).length > 0) return;
  const name = `ws${randomBytes(5).toString("hex").slice(0, 9)}`;
  registry.create(NODE_CLAIMS, undefined, buildNodeClaim(name, workspace));
  const { metadata } = workspace;
  tryRecordEvent(registry, stored, {
    type: "Normal",
    reason: "NodeClaimCreated",
    message: `Successfully created NodeClaim ${name} for workspace ${metadata.namespace}/${metadata.name}`,
    component: "KAITO-Workspace-controller",
  });
}

/** kaito: pkg/utils/nodeclaim/nodeclaim.go:134-262. */
function buildNodeClaim(name: string, { metadata, resource, tuning }: Workspace): object {
  const requirement = (key: string, value: string): object => ({
    key,
    operator: "In",
    values: [value],
  });
  return {
    metadata: {
      name,
      annotations: {
        "kaito.sh/node-image-family":
          metadata.annotations["kaito.sh/node-image-family"] ?? "ubuntu",
        "karpenter.sh/do-not-disrupt": "true",
      },
      labels: {
        ...resource.labelSelector.matchLabels,
        [WORKSPACE_LABEL]: metadata.name,
        [NAMESPACE_LABEL]: metadata.namespace,
        "karpenter.sh/nodepool": "kaito",
      },
    },
    spec: {
      expireAfter: "Never",
      nodeClassRef: { group: "kaito.sh", kind: "KaitoNodeClass", name: "default" },
      requirements: [
        requirement("karpenter.sh/nodepool", "kaito"),
        requirement("node.kubernetes.io/instance-type", resource.instanceType),
        requirement("kubernetes.io/os", "linux"),
        requirement("karpenter.azure.com/sku-name", resource.instanceType),
      ],
      resources: { requests: { storage: tuning ? "1Ti" : "512Gi" } },
      taints: [{ effect: "NoSchedule", key: "sku", value: "gpu" }],
    },
  };
}

/** kaito: gpu_provisioner.go:171-266, with the reasons of 0.12. */
export function readNodeState(registry: Registry, workspace: Workspace): NodeState {
  const claims = claimsOf(registry, workspace).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
  );
  const nodes = claims.flatMap(({ status }) => {
    const stored = status.nodeName && registry.find(NODES, undefined, status.nodeName);
    return stored ? [Node.parse(stored)] : [];
  });
  const ready = nodes.filter(isNodeReady);
  return {
    claims: claimReadiness(claims),
    nodes: nodeReadiness(ready),
    workerNodes: ready.map(({ metadata }) => metadata.name).toSorted(),
  };
}

function claimReadiness(claims: readonly Claim[]): Readiness {
  const conditions = claims.flatMap(({ status }) =>
    status.conditions.filter(({ type }) => type === "Ready"),
  );
  if (conditions.some(({ status }) => status === "True")) {
    return { ready: true, reason: "NodeClaimsReady", message: "Enough NodeClaims are ready" };
  }
  const refused = conditions.find(({ status, reason }) => status === "False" && reason);
  return {
    ready: false,
    reason: refused?.reason ?? "NodeClaimNotReady",
    message: refused?.message || "Ready NodeClaims are not enough",
  };
}

function nodeReadiness(ready: readonly Node[]): Readiness {
  if (ready.length === 0) {
    return { ready: false, reason: "NodeNotReady", message: "Not enough Nodes are ready" };
  }
  const hasPlugins = ready.some(
    ({ metadata, status }) =>
      metadata.labels["accelerator"] === "nvidia" &&
      Number(status.capacity["nvidia.com/gpu"] ?? 0) > 0,
  );
  return hasPlugins
    ? { ready: true, reason: "NodesReady", message: "Enough Nodes are ready" }
    : {
        ready: false,
        reason: "NodePluginsNotReady",
        message: "waiting all node plugins to be ready",
      };
}

/** kaito: pkg/workspace/resource/node.go:41-120. */
export function labelNodes(registry: Registry, { workerNodes }: NodeState): void {
  for (const name of workerNodes) {
    registry.modify(NODES, undefined, name, (node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: { ...node.metadata.labels, accelerator: "nvidia" },
      },
    }));
  }
}

/** Does not wait until the machines are gone (kaito: gpu_provisioner.go:76-92). */
export function deleteNodeClaims(registry: Registry, workspace: Workspace): void {
  for (const { metadata } of claimsOf(registry, workspace)) {
    if (metadata.deletionTimestamp !== undefined) continue;
    registry.delete(NODE_CLAIMS, undefined, metadata.name);
  }
}

function claimsOf(registry: Registry, { metadata }: Workspace): Claim[] {
  return registry
    .list(NODE_CLAIMS)
    .filter(
      (claim) =>
        claim.metadata.labels?.[WORKSPACE_LABEL] === metadata.name &&
        claim.metadata.labels[NAMESPACE_LABEL] === metadata.namespace,
    )
    .map((claim) => Claim.parse(claim));
}
