import type { TokenCredential } from "@azure/core-auth";
import { KubeConfig } from "@kubernetes/client-node";

import { TransientError } from "../../errors.ts";

export interface ClusterConnection {
  readonly server: string;
  /** PEM of the one authority to trust; without it, those that the system trusts. */
  readonly ca?: string;
  readonly scope: string;
  readonly credential: TokenCredential;
}

/** Ours alone: an `exec` or `azure` user would be signed in by what comes with the SDK. */
const AUTH_PROVIDER = "rollforward";

const TOKEN_TIMEOUT_MS = 20_000;

/** Signs in with a fresh token at each request: the credential keeps it until shortly before its end. */
export function createKubeConfig({ server, ca, scope, credential }: ClusterConnection): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.addAuthenticator({
    isAuthProvider: (user) => user.authProvider?.name === AUTH_PROVIDER,
    async applyAuthentication(_user, options) {
      const token = await readToken(credential, scope);
      options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
    },
  });
  kubeConfig.loadFromClusterAndUser(
    {
      name: "cluster",
      server: server.replace(/\/$/, ""),
      skipTLSVerify: false,
      ...(ca !== undefined && { caData: Buffer.from(ca).toString("base64") }),
    },
    { name: "app", authProvider: { name: AUTH_PROVIDER } },
  );
  return kubeConfig;
}

async function readToken(credential: TokenCredential, scope: string): Promise<string> {
  const abortSignal = AbortSignal.timeout(TOKEN_TIMEOUT_MS);
  const token = await credential.getToken(scope, { abortSignal }).catch((error: unknown) => {
    // An identity endpoint comes back, and its text is not ours to show.
    const name = error instanceof Error ? error.name : "an error";
    throw new TransientError("CLUSTER_UNAVAILABLE", `no token for the cluster: ${name}`, {
      cause: error,
    });
  });
  if (!token) throw new TransientError("CLUSTER_UNAVAILABLE", "no token for the cluster");
  return token.token;
}
