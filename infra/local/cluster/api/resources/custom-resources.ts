import { AGE_COLUMN, cellAt, column, NAME_COLUMN } from "../table/columns.ts";
import { conditionStatus } from "../table/conditions.ts";
import { defineResource } from "./define.ts";
import { WORKSPACE_SCHEMA } from "./workspace-schema.ts";

/** kaito: config/crd/bases/kaito.sh_workspaces.yaml (v1beta1, the version it stores). */
export const WORKSPACES = defineResource({
  group: "kaito.sh",
  version: "v1beta1",
  plural: "workspaces",
  kind: "Workspace",
  shortNames: ["wk", "wks"],
  categories: ["workspace"],
  subresources: ["status"],
  custom: true,
  hasGeneration: true,
  schema: WORKSPACE_SCHEMA,
  columns: [
    NAME_COLUMN,
    column("Instance", cellAt("resource", "instanceType")),
    column("ResourceReady", conditionStatus("ResourceReady")),
    column("InferenceReady", conditionStatus("InferenceReady")),
    column("JobStarted", conditionStatus("JobStarted")),
    column("WorkspaceSucceeded", conditionStatus("WorkspaceSucceeded")),
    column("TargetNodeCount", cellAt("status", "targetNodeCount"), { type: "integer" }),
    column("State", cellAt("status", "state")),
    AGE_COLUMN,
  ],
});

/** kaito: charts/kaito/workspace/crds/karpenter.sh_nodeclaims.yaml. */
export const NODE_CLAIMS = defineResource({
  group: "karpenter.sh",
  version: "v1",
  plural: "nodeclaims",
  kind: "NodeClaim",
  namespaced: false,
  categories: ["karpenter"],
  subresources: ["status"],
  custom: true,
  hasGeneration: true,
  schema: {
    type: "object",
    required: ["spec"],
    fields: { spec: { type: "any" }, status: { type: "any" } },
  },
  columns: [
    NAME_COLUMN,
    column(
      "Type",
      ({ metadata, spec }) =>
        requiredType(spec) ?? metadata.labels?.["node.kubernetes.io/instance-type"] ?? "",
    ),
    column("Capacity", ({ metadata }) => metadata.labels?.["karpenter.sh/capacity-type"] ?? ""),
    column("Zone", ({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"] ?? ""),
    column("Node", cellAt("status", "nodeName")),
    column("Ready", conditionStatus("Ready")),
    AGE_COLUMN,
    column("ID", cellAt("status", "providerID"), { wide: true }),
    column("NodePool", ({ metadata }) => metadata.labels?.["karpenter.sh/nodepool"] ?? "", {
      wide: true,
    }),
  ],
});

function requiredType(spec: unknown): string | undefined {
  const text = JSON.stringify(spec ?? {});
  return /"key":"node\.kubernetes\.io\/instance-type"[^}]*"values":\["([^"]+)"/.exec(text)?.[1];
}
