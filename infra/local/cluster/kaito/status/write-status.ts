import type { Registry } from "../../api/registry/registry.ts";
import { WORKSPACES } from "../../api/resources/custom-resources.ts";
import { JOBS, STATEFUL_SETS } from "../../api/resources/group-resources.ts";
import { podsOf } from "../../controllers/pods-of.ts";
import { type KubeObject, objectAt } from "../../objects/kube-object.ts";
import { type NodeState, readNodeState } from "../nodes.ts";
import { Workspace } from "../workspace.ts";
import { mergeConditions, type NewCondition } from "./conditions.ts";
import { inferenceStatus } from "./inference-status.ts";
import { tuningStatus, type WorkloadStatus } from "./tuning-status.ts";

/** kaito: syncWorkspaceStatus, controller:705-818, which runs at the end of every reconciliation. */
export function writeWorkspaceStatus(
  registry: Registry,
  { metadata }: KubeObject,
  lastError: string | undefined,
): void {
  const stored = registry.find(WORKSPACES, metadata.namespace, metadata.name);
  if (!stored) return;
  const workspace = Workspace.parse(stored);
  const nodes = readNodeState(registry, workspace);
  const resources = resourceCondition(nodes);
  const workload = workloadStatus(registry, workspace, resources.holds);
  const status = {
    ...objectAt(stored, "status"),
    ...(nodes.workerNodes.length > 0 && { workerNodes: nodes.workerNodes }),
    conditions: mergeConditions(
      workspace.status.conditions,
      [
        asCondition("NodesReady", nodes.nodes),
        asCondition("NodeClaimReady", nodes.claims),
        resources,
        ...workload.conditions,
      ],
      workspace.metadata.generation,
      lastError,
    ),
    state: workload.state,
  };
  registry.update(WORKSPACES, { ...stored, status }, { subresource: "status" });
}

function workloadStatus(
  registry: Registry,
  workspace: Workspace,
  resourcesReady: boolean,
): WorkloadStatus {
  const { name, namespace } = workspace.metadata;
  if (workspace.tuning) return tuningStatus(registry.find(JOBS, namespace, name));
  const set = registry.find(STATEFUL_SETS, namespace, name);
  const pods = set ? podsOf(registry, set) : [];
  return inferenceStatus(workspace, set, pods, resourcesReady);
}

function resourceCondition({ claims, nodes }: NodeState): NewCondition {
  const failing = [claims, nodes].find(({ ready }) => !ready);
  return failing
    ? asCondition("ResourceReady", failing)
    : {
        type: "ResourceReady",
        holds: true,
        reason: "workspaceResourceStatusSuccess",
        message: "workspace resource is ready",
      };
}

function asCondition(type: string, { ready, reason, message }: NodeState["nodes"]): NewCondition {
  return { type, holds: ready, reason, message };
}
