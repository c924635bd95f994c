import { z } from "zod";

import type { ApiClient, ApiObject } from "./api-client.ts";
import { eventually } from "./eventually.ts";

const Claim = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
});

type Condition = readonly [type: string, status: string];

const now = (): string => new Date().toISOString();

/**
 * Gives the Workspace's NodeClaim a Node, as the fake GPU node and the recorded lab's kubelet do.
 *
 * @returns the Node's name
 */
export async function provideNode(api: ApiClient, workspace: string): Promise<string> {
  const claim = await eventually(async () => {
    const claims = await api.items("/apis/karpenter.sh/v1/nodeclaims");
    const own = claims.find(({ metadata }) => metadata.labels["kaito.sh/workspace"] === workspace);
    return own && Claim.parse(own);
  }, `a NodeClaim for ${workspace}`);
  const { name, labels } = claim.metadata;
  const node = `node-${name}`;
  await api.post("/api/v1/nodes", {
    metadata: { name: node, labels },
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
  });
  await api.patch(`/api/v1/nodes/${node}/status`, {
    status: {
      capacity: { "nvidia.com/gpu": "1" },
      allocatable: { "nvidia.com/gpu": "1" },
      conditions: conditions(["Ready", "True"]),
    },
  });
  await api.patch(`/apis/karpenter.sh/v1/nodeclaims/${name}/status`, {
    status: { nodeName: node, conditions: conditions(["Launched", "True"], ["Ready", "True"]) },
  });
  return node;
}

/** The pod of a Workspace that is bound to a node and is not going. */
export async function boundPod(
  api: ApiClient,
  workspace: string,
  not?: ApiObject,
): Promise<ApiObject> {
  return eventually(async () => {
    const pods = await api.items(
      `/api/v1/namespaces/ml/pods?labelSelector=kaito.sh/workspace=${workspace}`,
    );
    return pods.find(
      ({ metadata, spec }) =>
        metadata.uid !== not?.metadata.uid &&
        metadata.deletionTimestamp === undefined &&
        z.object({ nodeName: z.string() }).safeParse(spec).success,
    );
  }, `a bound pod of ${workspace}`);
}

/** How a container stands: `running`, an exit code, or the reason why it waits. */
export type ContainerScript = Readonly<Record<string, number | string>>;

/** Writes the status that a kubelet would write. */
export async function setPod(
  api: ApiClient,
  pod: ApiObject,
  phase: string,
  containers: ContainerScript,
): Promise<void> {
  const containerStatuses = Object.entries(containers).map(([name, state]) => ({
    name,
    ready: state === "running",
    state: stateOf(state),
  }));
  const isReady = containerStatuses.every(({ ready }) => ready);
  await api.patch(`/api/v1/namespaces/ml/pods/${pod.metadata.name}/status`, {
    metadata: { uid: pod.metadata.uid },
    status: {
      phase,
      podIP: "10.88.0.9",
      containerStatuses,
      conditions: conditions(["PodScheduled", "True"], ["Ready", isReady ? "True" : "False"]),
    },
  });
}

/** What a kubelet does at last with a pod that is being deleted. */
export async function letGo(api: ApiClient, pod: ApiObject): Promise<void> {
  const path = `/api/v1/namespaces/ml/pods/${pod.metadata.name}`;
  await eventually(async () => {
    const { metadata } = await api.get(path);
    return metadata.deletionTimestamp !== undefined && metadata.uid === pod.metadata.uid;
  }, `the deletion of ${pod.metadata.name}`);
  await api.request("DELETE", `${path}?gracePeriodSeconds=0`, {
    preconditions: { uid: pod.metadata.uid },
  });
}

function stateOf(state: number | string): object {
  if (state === "running") return { running: { startedAt: now() } };
  if (typeof state === "number") return { terminated: { exitCode: state, reason: "Error" } };
  return { waiting: { reason: state } };
}

function conditions(...all: readonly Condition[]): object[] {
  return all.map(([type, status]) => ({
    type,
    status,
    lastHeartbeatTime: now(),
    lastTransitionTime: now(),
  }));
}
