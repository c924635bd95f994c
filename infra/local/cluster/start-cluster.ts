import { systemClock } from "../program/clock/clock.ts";
import type { Dial } from "./api/cluster-network/dial.ts";
import { dialNothing } from "./api/cluster-network/dial.ts";
import { Deliveries } from "./deliveries.ts";
import { type GpuNode, startGpuNode } from "./node/start-gpu-node.ts";
import type { Timings as NodeTimings } from "./node/timings.ts";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "./start-control-plane.ts";

export interface ClusterOptions extends Omit<ControlPlaneOptions, "dial" | "onChange"> {
  /** Names that only pods resolve, to `address` or `address:port`. */
  readonly hostAliases?: Readonly<Record<string, string>> | undefined;
  /** PEM file of an authority that pods trust beside the system's. */
  readonly trustFile?: string | undefined;
  readonly nodeTimings?: Partial<NodeTimings> | undefined;
}

/** Starts the control plane and the fake GPU node under it. */
export async function startCluster(options: ClusterOptions): Promise<ControlPlane> {
  const { hostAliases = {}, log = ignore, nodeTimings, trustFile, ...rest } = options;
  const { clock = systemClock } = options;
  const deliveries = new Deliveries(clock);
  let node: GpuNode | undefined;
  // The node needs the API's address, and the API needs the node to reach pods.
  const dial: Dial = (host, port) => (node ? node.dial(host, port) : dialNothing(host, port));
  const plane = await startControlPlane({
    ...rest,
    log,
    dial,
    onChange: (change) => deliveries.send(change),
  });
  try {
    node = await startGpuNode({
      server: plane.url,
      caFile: plane.caFile,
      token: plane.adminToken,
      hostAliases,
      trustFile: trustFile ?? plane.caFile,
      timings: nodeTimings,
      clock,
      onSeen: (path, revision) => deliveries.see(path, revision),
      log: (message) => log(`node: ${message}`),
    });
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return {
    ...plane,
    async stop() {
      await node?.stop();
      await plane.stop();
    },
  };
}

function ignore(): void {
  // Nobody asked for a log.
}
