import { rootCertificates } from "node:tls";

import {
  ContainerRegistryClient,
  type ContainerRegistryClientOptions,
  ContainerRegistryContentClient,
} from "@azure/container-registry";
import type { TokenCredential } from "@azure/core-auth";

export interface RegistryConnection {
  /** `<registry>.azurecr.io`, with the port if it is not 443. */
  readonly loginServer: string;
  readonly credential: TokenCredential;
  /** Certificates (PEM) to trust besides the public ones: a company's proxy, a local stack. */
  readonly tls?: { readonly ca: string } | undefined;
  /** How long an answer, or the next bytes of a download, may take. Default: one minute. */
  readonly patienceMs?: number | undefined;
}

/** The two clients of one registry; the SDK has one for contents and one for tags and locks. */
export interface Registry {
  readonly connection: RegistryConnection;
  readonly endpoint: string;
  readonly options: ContainerRegistryClientOptions;
  readonly patienceMs: number;
  readonly images: ContainerRegistryClient;
  contentOf(repository: string): ContainerRegistryContentClient;
  /** Ends one operation, with its retries and its body, when it takes too long. */
  deadline(): { readonly abortSignal: AbortSignal };
}

const PATIENCE_MS = 60_000;

/** Short: an activity is tried again by the engine, which can wait much longer without a worker. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 300, maxRetryDelayInMs: 3000 };

export function openRegistry(connection: RegistryConnection): Registry {
  const { credential, loginServer, patienceMs = PATIENCE_MS, tls } = connection;
  const endpoint = `https://${loginServer}`;
  const options = {
    retryOptions: RETRIES,
    // `ca` replaces the public authorities, so they are named as well.
    ...(tls && { tlsOptions: { ca: [...rootCertificates, tls.ca] } }),
  };
  // A client keeps the token of its last scope only, and a scope is one repository's.
  const contents = new Map<string, ContainerRegistryContentClient>();

  return {
    connection,
    endpoint,
    options,
    patienceMs,
    images: new ContainerRegistryClient(endpoint, credential, options),
    contentOf(repository) {
      const content =
        contents.get(repository) ??
        new ContainerRegistryContentClient(endpoint, repository, credential, options);
      contents.set(repository, content);
      return content;
    },
    deadline: () => ({ abortSignal: AbortSignal.timeout(patienceMs) }),
  };
}
