import { mkdtemp, rm } from "node:fs/promises";
import type net from "node:net";
import os from "node:os";
import path from "node:path";

import { ensureCertificates } from "../../certificates/certificates.ts";
import { type Clock, systemClock } from "../../program/clock/clock.ts";
import { type ClusterAddress, connectToCluster } from "./api/cluster-client.ts";
import type { OnSeen } from "./api/watched-list.ts";
import { readFaultsFrom } from "./faults/fault-rules.ts";
import { Kubelet } from "./kubelet/kubelet.ts";
import { startKubeletServer } from "./kubelet/kubelet-server.ts";
import { NodeTable } from "./network/node-table.ts";
import { createPodHttp } from "./network/pod-http.ts";
import { VirtualNetwork } from "./network/virtual-network.ts";
import { Provisioner } from "./provisioner/provisioner.ts";
import { DEFAULT_TIMINGS, type Timings } from "./timings.ts";

export interface GpuNodeOptions extends ClusterAddress {
  /** Names that pods resolve, before any other, to `address` or `address:port`. */
  readonly hostAliases: Readonly<Record<string, string>>;
  /** PEM file of an authority that pods trust beside the system's. */
  readonly trustFile?: string | undefined;
  readonly timings?: Partial<Timings> | undefined;
  /** Whose time this node keeps; real time by default. */
  readonly clock?: Clock | undefined;
  /** Told what has reached this node: a clock must not go on before. */
  readonly onSeen?: OnSeen | undefined;
  readonly log: (message: string) => void;
}

export interface GpuNode {
  /**
   * Connects to a pod (10.88.x.y) or a node (10.87.x.y) of this program.
   *
   * @throws {Error} with code ECONNREFUSED if nothing listens there
   */
  dial(host: string, port: number): Promise<net.Socket>;
  /** Ends all containers without a word to the API: as when the machine is switched off. */
  stop(): Promise<void>;
}

/** Starts the fake GPU node: provisioner, kubelet and the programs in its pods. */
export async function startGpuNode(options: GpuNodeOptions): Promise<GpuNode> {
  const { clock = systemClock, log, onSeen = ignore } = options;
  const timings = { ...DEFAULT_TIMINGS, ...options.timings };
  const directory = await mkdtemp(path.join(os.tmpdir(), "fake-gpu-node-"));
  const certificates = await ensureCertificates(path.join(directory, "kubelet"));
  const client = connectToCluster(options);
  const faults = readFaultsFrom(client, log);
  const http = createPodHttp(options);
  const network = new VirtualNetwork();
  const server = await startKubeletServer(
    (namespace, pod, container) => kubelet.container(namespace, pod, container),
    certificates,
  );
  const nodes = new NodeTable(network, server.port, () => kubelet.catchUp());
  const kubelet = new Kubelet({
    client,
    clock,
    http,
    faults,
    timings,
    network,
    nodes,
    directory,
    onSeen,
    log,
  });
  const provisioner = new Provisioner({
    client,
    clock,
    faults,
    nodes,
    timings,
    onSeen,
    drain: (nodeName) => kubelet.drain(nodeName),
    log,
  });

  return {
    dial: (host, port) => network.dial(host, port),
    async stop() {
      await provisioner.stop();
      await kubelet.stop();
      await server.stop();
      http.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function ignore(): void {
  // Nobody asked.
}
