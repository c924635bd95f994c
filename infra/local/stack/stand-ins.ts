import path from "node:path";

import type { TokenCredential } from "@azure/core-auth";

import { type ClusterOptions, startCluster } from "../cluster/start-cluster.ts";
import type { ControlPlane } from "../cluster/start-control-plane.ts";
import {
  type EventGrid,
  type EventGridOptions,
  startEventGrid,
} from "../event-grid/start-event-grid.ts";
import { type Identity, KEYS_PATH, startIdentity } from "../identity/start-identity.ts";
import {
  type RegistryOptions,
  type RunningRegistry,
  startRegistry,
} from "../registry/start-registry.ts";
import { EVENTS_QUEUE, KUBERNETES_AUDIENCE, WORKSPACE_NAMESPACE } from "./app-settings.ts";
import { type Azurite, startAzurite } from "./azurite.ts";
import { ensureNamespace } from "./cluster-namespace.ts";
import { identityCredential } from "./identity-credential.ts";
import type { Prepared } from "./prepare.ts";
import type { StackTime } from "./stack-time.ts";
import { together } from "./together.ts";

export interface StandInsOptions extends Prepared {
  readonly cluster?: Pick<ClusterOptions, "timings" | "nodeTimings" | "intercept"> | undefined;
  readonly registry?: Pick<RegistryOptions, "intercept" | "tokenLifetimes"> | undefined;
  readonly eventGrid?: Pick<EventGridOptions, "disorder" | "random"> | undefined;
  readonly time: StackTime;
  readonly starting: Starting;
}

/** Starts something, and remembers how to stop it if it has to be stopped. */
export type Starting = <Started extends Stoppable | void>(
  name: string,
  start: () => Promise<Started>,
) => Promise<Started>;

interface Stoppable {
  stop(): Promise<void>;
}

export interface StandIns {
  readonly identity: Identity;
  readonly azurite: Azurite;
  readonly eventGrid: EventGrid;
  readonly registry: RunningRegistry;
  readonly cluster: ControlPlane;
  /** Opens the storage account, as the app's own identity. */
  readonly credential: TokenCredential;
}

/** What the app writes for itself raises no event. */
const INTERNAL_CONTAINERS = ["rollforward/", "pipelines/", "azure-webjobs-"];

/** Starts everything that stands for Azure, at the same time as far as one does not need another. */
export async function startStandIns(options: StandInsOptions): Promise<StandIns> {
  const identity = options.starting("identity", () =>
    startIdentity({
      host: options.host,
      port: options.ports.identity,
      dataDirectory: path.join(options.paths.directory, "identity"),
      log: options.logs.open("identity").write,
    }),
  );
  const azurite = options.starting("Azurite", () =>
    startAzurite({
      host: options.host,
      ports: {
        blob: options.ports.azuriteBlob,
        queue: options.ports.queue,
        table: options.ports.table,
      },
      location: path.join(options.paths.directory, "azurite"),
      certificates: options.certificates,
      compileCache: options.paths.compileCache,
      clockAddress: options.time.address,
      log: options.logs.open("azurite").write,
    }),
  );
  const [ready, storage, eventGrid, registry, cluster] = await together([
    identity,
    azurite,
    Promise.all([identity, azurite]).then((started) => startEvents(options, ...started)),
    startImages(options),
    startKubernetes(options),
  ]);
  return {
    identity: ready,
    azurite: storage,
    eventGrid,
    registry,
    cluster,
    credential: identityCredential(ready),
  };
}

async function startEvents(
  options: StandInsOptions,
  identity: Identity,
  azurite: Azurite,
): Promise<EventGrid> {
  return options.starting("event-grid", () =>
    startEventGrid({
      ...options.eventGrid,
      host: options.host,
      port: options.ports.blob,
      certificates: options.certificates,
      trustFile: options.certificates.caFile,
      blobUpstream: azurite.blobServiceUrl,
      queueServiceUrl: azurite.queueServiceUrl,
      credential: identityCredential(identity),
      subscriptions: [
        {
          queueName: EVENTS_QUEUE,
          subjectNotBeginsWith: INTERNAL_CONTAINERS.map(
            (name) => `/blobServices/default/containers/${name}`,
          ),
        },
      ],
      journalFile: path.join(options.paths.directory, "event-grid", "journal.db"),
      log: options.logs.open("event-grid").write,
    }),
  );
}

async function startImages(options: StandInsOptions): Promise<RunningRegistry> {
  return options.starting("registry", () =>
    startRegistry({
      ...options.registry,
      host: options.host,
      port: options.ports.registry,
      dataDirectory: path.join(options.paths.directory, "registry"),
      certificates: options.certificates,
      tokenIssuer: { jwksUrl: jwksUrl(options) },
      log: options.logs.open("registry").write,
    }),
  );
}

async function startKubernetes(options: StandInsOptions): Promise<ControlPlane> {
  const { time } = options;
  const cluster = await options.starting("cluster", () =>
    startCluster({
      ...options.cluster,
      timings: { ...time.timings, ...options.cluster?.timings },
      nodeTimings: { ...time.nodeTimings, ...options.cluster?.nodeTimings },
      clock: time.clock,
      host: options.host,
      port: options.ports.cluster,
      dataDirectory: path.join(options.paths.directory, "cluster"),
      certificatesDirectory: path.dirname(options.certificates.caFile),
      kubeconfigFile: options.paths.kubeconfigFile,
      tokenIssuer: { jwksUrl: jwksUrl(options), audience: KUBERNETES_AUDIENCE },
      hostAliases: { "rollforward.internal": options.host },
      trustFile: options.certificates.caFile,
      log: options.logs.open("cluster").write,
    }),
  );
  await ensureNamespace(cluster, WORKSPACE_NAMESPACE);
  return cluster;
}

/** Known before the identity has started, because its port is. */
function jwksUrl({ host, ports }: StandInsOptions): string {
  return `http://${host}:${ports.identity}${KEYS_PATH}`;
}
