import { rootCertificates } from "node:tls";

import type { TokenCredential } from "@azure/core-auth";
import type { TlsSettings } from "@azure/core-rest-pipeline";

export interface StorageConnection {
  readonly credential: TokenCredential;
  /** Certificates (PEM) to trust besides the public ones: a company's proxy, a local stack. */
  readonly tls?: { readonly ca: string } | undefined;
}

export interface BlobConnection extends StorageConnection {
  /** `https://<account>.blob.core.windows.net` */
  readonly blobServiceUrl: string;
}

export interface TableConnection extends StorageConnection {
  /** `https://<account>.table.core.windows.net` */
  readonly tableServiceUrl: string;
}

/** `ca` replaces the public authorities, so they are named as well. */
export function tlsOptions({ tls }: StorageConnection): { tlsOptions?: TlsSettings } {
  return tls ? { tlsOptions: { ca: [...rootCertificates, tls.ca] } } : {};
}

/**
 * Runs `action` once for each process; a failure is forgotten, so that the next caller tries again.
 */
export function once<Result>(action: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined;
  return async () => {
    running ??= action();
    try {
      return await running;
    } catch (error) {
      running = undefined;
      throw error;
    }
  };
}
