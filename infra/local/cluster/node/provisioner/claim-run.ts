import type { Busy } from "../../../program/clock/busy.ts";
import type { Clock } from "../../../program/clock/clock.ts";
import { answered, type ClusterClient, MERGE_PATCH, orMissing } from "../api/cluster-client.ts";
import type { Faults } from "../faults/fault-rules.ts";
import type { NodeTable } from "../network/node-table.ts";
import type { Timings } from "../timings.ts";
import { findInstanceType, type InstanceType } from "./instance-types.ts";
import {
  instanceTypeOf,
  NODE_CLAIMS,
  type NodeClaim,
  nodeNameOf,
  TERMINATION_FINALIZER,
  workspaceOf,
} from "./node-claim.ts";
import {
  buildClaimStatus,
  buildHeartbeat,
  buildNode,
  buildNodeStatus,
  buildUnlaunchedClaimStatus,
} from "./node-objects.ts";

export interface ClaimServices {
  readonly client: ClusterClient;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly nodes: NodeTable;
  readonly timings: Timings;
  /** Stops the pods of a node that goes, and waits until they are gone. */
  readonly drain: (nodeName: string) => Promise<void>;
}

/** Launches the machine of one claim and keeps it alive until `signal` aborts. */
export async function keepNode(
  claim: NodeClaim,
  services: ClaimServices,
  busy: Busy,
  signal: AbortSignal,
): Promise<void> {
  await addFinalizer(claim, services);
  const type = await launch(claim, services, busy, signal);
  await busy.delay(services.timings.node, { signal });
  const readySince = new Date();
  await register(claim, type, services);
  for (;;) {
    await busy.delay(services.timings.heartbeat, { signal, isBackground: true });
    await beat(claim, readySince, services);
  }
}

/** Takes the machine of one claim away: pods first, then the Node, then the claim's finalizer. */
export async function removeNode(
  claim: NodeClaim,
  services: ClaimServices,
  busy: Busy,
): Promise<void> {
  const nodeName = nodeNameOf(claim.metadata.name);
  services.nodes.setLost(nodeName, false);
  await busy.wait(() => services.drain(nodeName));
  await orMissing(services.client.core.deleteNode({ name: nodeName }));
  services.nodes.remove(nodeName);
  const finalizers = claim.metadata.finalizers.filter((name) => name !== TERMINATION_FINALIZER);
  await patchClaim(claim, { metadata: { finalizers } }, services);
}

async function addFinalizer(claim: NodeClaim, services: ClaimServices): Promise<void> {
  const { finalizers } = claim.metadata;
  if (finalizers.includes(TERMINATION_FINALIZER)) return;
  await patchClaim(
    claim,
    { metadata: { finalizers: [...finalizers, TERMINATION_FINALIZER] } },
    services,
  );
}

/** Waits as long as there is no machine to be had; a claim without one stays, as on Azure. */
async function launch(
  claim: NodeClaim,
  services: ClaimServices,
  busy: Busy,
  signal: AbortSignal,
): Promise<InstanceType> {
  let told: string | undefined;
  for (;;) {
    const fault = await services.faults.find(workspaceOf(claim));
    const type = findInstanceType(instanceTypeOf(claim));
    if (fault?.fault !== "node-never" && type) return type;

    const message = type
      ? `no capacity for ${instanceTypeOf(claim)} (fault node-never)`
      : `the fake GPU node has no instance type '${instanceTypeOf(claim)}'`;
    if (told !== message) {
      const status = buildUnlaunchedClaimStatus("InsufficientCapacity", message, new Date());
      await patchClaimStatus(claim, status, services);
      told = message;
    }
    await busy.delay(services.timings.retry, { signal, isBackground: true });
  }
}

async function register(
  claim: NodeClaim,
  type: InstanceType,
  services: ClaimServices,
): Promise<void> {
  const { client, nodes } = services;
  const name = nodeNameOf(claim.metadata.name);
  try {
    await client.core.createNode({ body: buildNode(claim, type) });
  } catch (error) {
    // It is there already when this program was started again.
    if (!answered(error, 409)) throw error;
  }
  const address = nodes.add(name);
  const now = new Date();
  await client.core.patchNodeStatus(
    { name, body: buildNodeStatus(name, address, type, now) },
    MERGE_PATCH,
  );
  await patchClaimStatus(claim, buildClaimStatus(claim, type, now), services);
}

async function beat(
  claim: NodeClaim,
  readySince: Date,
  { client, faults, nodes }: ClaimServices,
): Promise<void> {
  const name = nodeNameOf(claim.metadata.name);
  const fault = await faults.find(workspaceOf(claim));
  const lost = fault?.fault === "node-lost";
  nodes.setLost(name, lost);
  if (lost) return;
  // Other conditions are not touched by this: there are none that this node writes.
  const body = buildHeartbeat(readySince, new Date());
  await client.core.patchNodeStatus({ name, body }, MERGE_PATCH);
}

async function patchClaim(
  claim: NodeClaim,
  body: object,
  { client }: ClaimServices,
): Promise<void> {
  await orMissing(
    client.customObjects.patchClusterCustomObject(
      { ...NODE_CLAIMS, name: claim.metadata.name, body },
      MERGE_PATCH,
    ),
  );
}

async function patchClaimStatus(
  claim: NodeClaim,
  body: object,
  { client }: ClaimServices,
): Promise<void> {
  await orMissing(
    client.customObjects.patchClusterCustomObjectStatus(
      { ...NODE_CLAIMS, name: claim.metadata.name, body },
      MERGE_PATCH,
    ),
  );
}
