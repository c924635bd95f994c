import type { TokenCredential } from "@azure/core-auth";

import type { Config } from "../../shared/config.ts";
import type { Adapters } from "../../shared/ports/adapters.ts";
import type { Datasets } from "../../shared/ports/datasets.ts";
import type { Pipelines } from "../../shared/ports/pipelines.ts";
import type { Requests } from "../../shared/ports/requests.ts";
import type { RunFiles } from "../../shared/ports/run-files.ts";
import type { Runs } from "../../shared/ports/runs.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import type { Uploads } from "../../shared/ports/uploads.ts";
import type { Versions } from "../../shared/ports/versions.ts";
import { lazily } from "./lazily.ts";

/** Every port, made when the first function needs it: an SDK that is not used is not loaded. */
export interface Clients {
  readonly datasets: () => Promise<Datasets>;
  readonly runFiles: () => Promise<RunFiles>;
  readonly uploads: () => Promise<Uploads>;
  readonly pipelines: () => Promise<Pipelines>;
  readonly requests: () => Promise<Requests>;
  readonly runs: () => Promise<Runs>;
  readonly versions: () => Promise<Versions>;
  readonly adapters: () => Promise<Adapters>;
  readonly tuning: () => Promise<TuningCluster>;
  readonly serving: () => Promise<ServingCluster>;
}

export function createClients(config: Config): Clients {
  const credential = lazily(async (): Promise<TokenCredential> => {
    const { ManagedIdentityCredential } = await import("@azure/identity");
    const { clientId } = config;
    return new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  });
  return {
    ...createStorageClients(config, credential),
    ...createClusterClients(config, credential),
  };
}

type StorageClients = Omit<Clients, keyof ClusterClients>;
type ClusterClients = Pick<Clients, "adapters" | "tuning" | "serving">;
type LazyCredential = () => Promise<TokenCredential>;

function createStorageClients(config: Config, credential: LazyCredential): StorageClients {
  const blobs = lazily(async () => ({
    blobServiceUrl: config.storage.blobServiceUrl,
    ...(config.storage.sasVersion !== undefined && { sasVersion: config.storage.sasVersion }),
    credential: await credential(),
  }));
  const tables = lazily(async () => ({
    tableServiceUrl: config.storage.tableServiceUrl,
    credential: await credential(),
  }));
  return {
    datasets: lazily(async () => {
      const { createBlobDatasets } = await import("../../shared/clients/storage/blob-datasets.ts");
      return createBlobDatasets(await blobs());
    }),
    runFiles: lazily(async () => {
      const { createBlobRunFiles } = await import("../../shared/clients/storage/blob-run-files.ts");
      return createBlobRunFiles(await blobs());
    }),
    uploads: lazily(async () => {
      const { createBlobUploads } = await import("../../shared/clients/storage/blob-uploads.ts");
      return createBlobUploads(await blobs());
    }),
    pipelines: lazily(async () => {
      const { createBlobPipelines } =
        await import("../../shared/clients/storage/blob-pipelines.ts");
      return createBlobPipelines(await blobs());
    }),
    requests: lazily(async () => {
      const { createTableRequests } =
        await import("../../shared/clients/storage/table-requests.ts");
      return createTableRequests(await tables());
    }),
    runs: lazily(async () => {
      const { createTableRuns } = await import("../../shared/clients/storage/table-runs.ts");
      return createTableRuns(await tables());
    }),
    versions: lazily(async () => {
      const { createTableVersions } =
        await import("../../shared/clients/storage/table-versions.ts");
      return createTableVersions(await tables());
    }),
  };
}

function createClusterClients(config: Config, credential: LazyCredential): ClusterClients {
  const cluster = lazily(async () => {
    const { createKubeConfig } = await import("../../shared/clients/kubernetes/kube-config.ts");
    const { server, ca, scope, namespace } = config.kubernetes;
    const kubeConfig = createKubeConfig({
      server,
      scope,
      credential: await credential(),
      ...(ca !== undefined && { ca }),
    });
    return { kubeConfig, namespace };
  });

  return {
    adapters: lazily(async () => {
      const { createRegistryAdapters } =
        await import("../../shared/clients/registry/registry-adapters.ts");
      const { loginServer } = config.registry;
      return createRegistryAdapters({ loginServer, credential: await credential() });
    }),
    tuning: lazily(async () => {
      const { createKubeTuningCluster } =
        await import("../../shared/clients/kubernetes/kube-tuning-cluster.ts");
      return createKubeTuningCluster(await cluster());
    }),
    serving: lazily(async () => {
      const { createKubeServingCluster } =
        await import("../../shared/clients/kubernetes/kube-serving-cluster.ts");
      return createKubeServingCluster(await cluster());
    }),
  };
}
