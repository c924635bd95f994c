/** Everything that the app's settings say of the stack. */
export interface AppAddresses {
  readonly clientId: string;
  readonly identityEndpoint: string;
  readonly identityHeader: string;
  /** Through the proxy that raises events. */
  readonly blobServiceUrl: string;
  /** Azurite itself: what the host writes for itself raises none. */
  readonly hostBlobServiceUrl: string;
  readonly queueServiceUrl: string;
  readonly tableServiceUrl: string;
  readonly sasVersion: string;
  readonly registryLoginServer: string;
  readonly kubernetesApiServer: string;
  readonly kubernetesCaFile: string;
  /** Where training pods reach the app. */
  readonly publicBaseUrl: string;
  readonly datasetUrlKey: string;
  readonly caFile: string;
}

export const KUBERNETES_AUDIENCE = "6dae42f8-4368-4678-94ff-3960e28e3630";
export const WORKSPACE_NAMESPACE = "ml";
export const EVENTS_QUEUE = "dataset-events";

/** The settings that the app has in Azure too, with the addresses of the stack. */
export function appSettings(addresses: AppAddresses): Readonly<Record<string, string>> {
  const { clientId, queueServiceUrl, tableServiceUrl } = addresses;
  return {
    FUNCTIONS_WORKER_RUNTIME: "node",
    ...connection("AzureWebJobsStorage", {
      clientId,
      blobServiceUri: addresses.hostBlobServiceUrl,
      queueServiceUri: queueServiceUrl,
      tableServiceUri: tableServiceUrl,
    }),
    ...connection("RollforwardStorage", {
      clientId,
      blobServiceUri: addresses.blobServiceUrl,
      queueServiceUri: queueServiceUrl,
      tableServiceUri: tableServiceUrl,
    }),
    STORAGE_SAS_VERSION: addresses.sasVersion,
    AZURE_CLIENT_ID: clientId,
    IDENTITY_ENDPOINT: addresses.identityEndpoint,
    IDENTITY_HEADER: addresses.identityHeader,
    REGISTRY_LOGIN_SERVER: addresses.registryLoginServer,
    KUBERNETES_API_SERVER: addresses.kubernetesApiServer,
    KUBERNETES_CA_FILE: addresses.kubernetesCaFile,
    KUBERNETES_TOKEN_SCOPE: `${KUBERNETES_AUDIENCE}/.default`,
    WORKSPACE_NAMESPACE,
    PUBLIC_BASE_URL: addresses.publicBaseUrl,
    DATASET_EVENTS_QUEUE: EVENTS_QUEUE,
    // Trainings take seconds here: whoever watches wants to see them.
    POLL_INTERVAL_MS: "1000",
    DATASET_URL_KEY: addresses.datasetUrlKey,
    TASKHUB_NAME: "rollforward",
    NODE_EXTRA_CA_CERTS: addresses.caFile,
  };
}

/** An identity-based connection of Functions: `<name>__<part>`, two underscores. */
function connection(
  name: string,
  parts: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const all = { credential: "managedidentity", ...parts };
  return Object.fromEntries(
    Object.entries(all).map(([part, value]) => [`${name}__${part}`, value]),
  );
}
