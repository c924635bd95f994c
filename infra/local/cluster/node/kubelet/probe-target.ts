import type { V1Container } from "@kubernetes/client-node";

import type { VirtualNetwork } from "../network/virtual-network.ts";
import type { ProbeTarget } from "./readiness-probe.ts";

/** Where the container's readiness probe asks; undefined if it has none over HTTP. */
export function findProbeTarget(
  spec: V1Container,
  network: VirtualNetwork,
  address: string,
): ProbeTarget | undefined {
  const get = spec.readinessProbe?.httpGet;
  if (!get) return undefined;
  const named = spec.ports?.find(({ name }) => name !== undefined && name === get.port);
  const port = named?.containerPort ?? Number(get.port);
  return { path: get.path ?? "/", connect: () => network.dial(address, port) };
}
