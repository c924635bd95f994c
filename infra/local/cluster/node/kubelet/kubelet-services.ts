import type { Clock } from "../../../program/clock/clock.ts";
import type { ClusterClient } from "../api/cluster-client.ts";
import type { OnSeen } from "../api/watched-list.ts";
import type { Faults } from "../faults/fault-rules.ts";
import type { NodeTable } from "../network/node-table.ts";
import type { PodHttp } from "../network/pod-http.ts";
import type { VirtualNetwork } from "../network/virtual-network.ts";
import type { Timings } from "../timings.ts";

export interface KubeletServices {
  readonly client: ClusterClient;
  readonly http: PodHttp;
  readonly faults: Faults;
  readonly timings: Timings;
  readonly clock: Clock;
  readonly network: VirtualNetwork;
  readonly nodes: NodeTable;
  /** Where the files of pods are kept. */
  readonly directory: string;
  readonly onSeen: OnSeen;
  /** Whether this Workspace has had a pod evicted; asking makes the answer true from then on. */
  readonly claimEviction: (namespace: string, workspace: string) => boolean;
  readonly log: (message: string) => void;
}
