import type { V1Node } from "@kubernetes/client-node";

import { toApiTime } from "../kubelet/api-time.ts";
import type { InstanceType } from "./instance-types.ts";
import { instanceTypeOf, type NodeClaim, nodeNameOf } from "./node-claim.ts";

export const KUBELET_PORT = 10_250;

/** The Node of a claim as it registers: not ready yet. */
export function buildNode(claim: NodeClaim, type: InstanceType): V1Node {
  const name = nodeNameOf(claim.metadata.name);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        ...claim.metadata.labels,
        "node.kubernetes.io/instance-type": instanceTypeOf(claim),
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        // Labels of NVIDIA's feature discovery; KAITO reads them when nodes are brought by hand.
        "nvidia.com/gpu.product": type.gpu,
        "nvidia.com/gpu.count": String(type.gpus),
        "nvidia.com/gpu.memory": String(Math.floor((type.gpuMemoryGib * 1024) / type.gpus)),
      },
    },
    spec: {
      providerID: providerIdOf(name),
      taints: claim.spec.taints.map(({ key, value, effect }) => ({
        key,
        effect,
        ...(value !== undefined && { value }),
      })),
    },
  };
}

/** The whole status of a Node that is up. */
export function buildNodeStatus(name: string, address: string, type: InstanceType, now: Date) {
  return {
    status: {
      capacity: capacityOf(type),
      allocatable: capacityOf(type),
      addresses: [
        { type: "InternalIP", address },
        { type: "Hostname", address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: KUBELET_PORT } },
      nodeInfo: {
        architecture: "amd64",
        bootID: "",
        containerRuntimeVersion: "fake-gpu-node://1",
        kernelVersion: "none",
        kubeProxyVersion: "v1.35.0",
        kubeletVersion: "v1.35.0",
        machineID: name,
        operatingSystem: "linux",
        osImage: "fake GPU node: no machine, no GPU",
        systemUUID: name,
      },
      conditions: [readyCondition(now, now)],
    },
  };
}

/** What a heartbeat writes. */
export function buildHeartbeat(readySince: Date, now: Date) {
  return { status: { conditions: [readyCondition(readySince, now)] } };
}

/** The status of a claim whose Node is up (karpenter.sh/v1). */
export function buildClaimStatus(claim: NodeClaim, type: InstanceType, now: Date) {
  const nodeName = nodeNameOf(claim.metadata.name);
  return {
    status: {
      nodeName,
      providerID: providerIdOf(nodeName),
      capacity: capacityOf(type),
      allocatable: capacityOf(type),
      conditions: ["Launched", "Registered", "Initialized", "Ready"].map((condition) => ({
        type: condition,
        status: "True",
        reason: condition,
        message: "",
        lastTransitionTime: toApiTime(now),
      })),
    },
  };
}

/** The status of a claim that gets no machine, with the reason that KAITO shows. */
export function buildUnlaunchedClaimStatus(reason: string, message: string, now: Date) {
  const conditions = ["Launched", "Ready"].map((condition) => ({
    type: condition,
    status: "False",
    reason,
    message,
    lastTransitionTime: toApiTime(now),
  }));
  return { status: { conditions } };
}

function readyCondition(since: Date, now: Date) {
  return {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: toApiTime(now),
    lastTransitionTime: toApiTime(since),
  };
}

function capacityOf(type: InstanceType): Record<string, string> {
  return {
    cpu: String(type.cpus),
    memory: `${type.memoryGib}Gi`,
    pods: "110",
    "ephemeral-storage": "1Ti",
    "nvidia.com/gpu": String(type.gpus),
  };
}

function providerIdOf(nodeName: string): string {
  return `azure:///fake/${nodeName}`;
}
