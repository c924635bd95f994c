import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
} from "@kubernetes/client-node";

export interface ClusterAddress {
  /** `https://host:port` of the Kubernetes API. */
  readonly server: string;
  /** PEM file of the authority that signed the API's certificate. */
  readonly caFile: string;
  readonly token: string;
}

export interface ClusterClient {
  readonly kubeConfig: KubeConfig;
  readonly core: CoreV1Api;
  readonly customObjects: CustomObjectsApi;
}

/** JSON merge patch: the only kind that custom resources and built-in kinds both take. */
export const MERGE_PATCH = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);

export function connectToCluster({ server, caFile, token }: ClusterAddress): ClusterClient {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: [{ name: "cluster", server, caFile, skipTLSVerify: false }],
    users: [{ name: "node", token }],
    contexts: [{ name: "node", cluster: "cluster", user: "node" }],
    currentContext: "node",
  });
  return {
    kubeConfig,
    core: kubeConfig.makeApiClient(CoreV1Api),
    customObjects: kubeConfig.makeApiClient(CustomObjectsApi),
  };
}

/** Whether the API answered with this HTTP status. */
export function answered(error: unknown, status: number): boolean {
  return error instanceof ApiException && error.code === status;
}

/** The answer, or undefined where the API says 404. */
export async function orMissing<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (answered(error, 404)) return undefined;
    throw error;
  }
}

/** One line for a log: the API's own message where there is one, never headers or the token. */
export function describeError(error: unknown): string {
  if (error instanceof ApiException) {
    const body: unknown = error.body;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return `the API answered ${error.code}: ${text.slice(0, 300)}`;
  }
  return error instanceof Error ? error.message : String(error);
}
