import type { V1PodSpec } from "@kubernetes/client-node";

import type { Busy } from "../../../program/clock/busy.ts";
import type { FaultRule } from "../faults/fault-rule.ts";
import type { ProgramContext, Resumption } from "../programs/program.ts";
import type { ContainerRecord } from "./container-record.ts";
import type { KubeletServices } from "./kubelet-services.ts";
import type { PodVolumes } from "./pod-volumes.ts";

/** What the containers of one pod share. */
export interface ContainerSurroundings {
  readonly services: KubeletServices;
  readonly spec: V1PodSpec;
  readonly nodeName: string;
  readonly address: string;
  readonly volumes: PodVolumes;
  readonly resumption: Resumption;
  readonly trained: Resumption;
  readonly fault: FaultRule | undefined;
}

export function createContext(
  record: ContainerRecord,
  { address, nodeName, services, spec, volumes, ...shared }: ContainerSurroundings,
  busy: Busy,
  signal: AbortSignal,
): ProgramContext {
  const { http, network, nodes, timings } = services;
  const { log } = record;
  if (!log) throw new Error(`container ${record.name} was not started`);
  return {
    spec: record.spec,
    podSpec: spec,
    files: volumes.filesOf(record.spec),
    log,
    signal,
    http,
    busy,
    timings,
    refreshMounts: () => volumes.mount(),
    ...shared,
    expose: (port, loopbackPort) => {
      const reachable = () => !nodes.isLost(nodeName);
      network.expose(address, port, { port: loopbackPort, reachable });
      signal.addEventListener("abort", () => network.withdraw(address, port), { once: true });
    },
  };
}
