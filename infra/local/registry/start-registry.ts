import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { holdDataDirectory } from "../program/data-directory.ts";
import { listen } from "../program/listen.ts";
import { createEntraVerification, type TokenIssuer } from "./auth/entra.ts";
import { createGate } from "./auth/gate.ts";
import { createPrincipals } from "./auth/principals.ts";
import { ACR_LIFETIMES, createTokens, keepTokenKey, type TokenLifetimes } from "./auth/tokens.ts";
import { createDispatch, type Dispatch } from "./dispatch.ts";
import type { Intercept } from "./intercept.ts";
import { acrManifestRoutes } from "./routes/acr-manifests.ts";
import { acrRepositoryRoutes } from "./routes/acr-repositories.ts";
import { acrTagRoutes } from "./routes/acr-tags.ts";
import { baseRoutes } from "./routes/base.ts";
import { blobRoutes } from "./routes/blobs.ts";
import { listRoutes } from "./routes/lists.ts";
import { manifestRoutes } from "./routes/manifests.ts";
import { referrerRoutes } from "./routes/referrers.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { uploadRoutes } from "./routes/uploads.ts";
import { type CertificateFiles, createRegistryServer, type RegistryServer } from "./server.ts";
import { openStore, type Store } from "./store/store.ts";

export interface RegistryOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Default: a temporary directory, removed by `stop`. */
  readonly dataDirectory?: string | undefined;
  readonly certificates: CertificateFiles;
  /** Whose tokens `/oauth2/exchange` takes. Default: nobody's. */
  readonly tokenIssuer?: TokenIssuer | undefined;
  /** Passwords by user name. A user may do everything. */
  readonly users?: Readonly<Record<string, string>> | undefined;
  /** Default: false. */
  readonly anonymousPull?: boolean | undefined;
  /** Default: 10 GiB. */
  readonly maxBlobBytes?: number | undefined;
  /** After this time without a request an unfinished upload is forgotten. Default: one hour. */
  readonly uploadIdleMs?: number | undefined;
  /** Default: ACR's. */
  readonly tokenLifetimes?: Partial<TokenLifetimes> | undefined;
  readonly intercept?: Intercept | undefined;
  /** Gets one line a request, and what went wrong inside. Never a token or a password. */
  readonly log: (message: string) => void;
}

export interface RunningRegistry {
  readonly url: string;
  /** What stands before the repository in an image's name: `localhost:5443`. */
  readonly loginServer: string;
  /** May be called twice. */
  stop(): Promise<void>;
}

const MAX_BLOB_BYTES = 10 * 1024 ** 3;
const UPLOAD_IDLE_MS = 60 * 60_000;

/**
 * Starts a registry that speaks OCI distribution 1.1 and ACR's own API over TLS.
 *
 * @throws {UsageError} if the port or the data directory is taken
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const data = takeDirectory(options.dataDirectory);
  try {
    const store = await openStore(data.path, {
      maxBlobBytes: options.maxBlobBytes ?? MAX_BLOB_BYTES,
      idleMs: options.uploadIdleMs ?? UPLOAD_IDLE_MS,
    });
    return await serve(options, store, data);
  } catch (error) {
    data.release();
    throw error;
  }
}

async function serve(
  options: RegistryOptions,
  store: Store,
  data: TakenDirectory,
): Promise<RunningRegistry> {
  const { certificates, host, intercept = {}, log, port } = options;
  // The audience of tokens has the port in it, which is known only once we listen.
  let dispatch: Dispatch | undefined;
  const front = createRegistryServer({
    certificates,
    intercept,
    log,
    dispatch: async (request) => {
      if (!dispatch) throw new Error("a request came before the registry was ready");
      return dispatch(request);
    },
  });
  try {
    const taken = await listen(front.server, { host, port, option: "--port" });
    const loginServer = `localhost:${taken}`;
    dispatch = assemble(options, store, loginServer, keepTokenKey(data.path));
    let stopped: Promise<void> | undefined;
    return {
      url: `https://${loginServer}`,
      loginServer,
      stop: async () => (stopped ??= stop(front, store, data)),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

async function stop(front: RegistryServer, store: Store, data: TakenDirectory): Promise<void> {
  await front.close();
  store.close();
  data.release();
}

function assemble(
  options: RegistryOptions,
  store: Store,
  service: string,
  key: Uint8Array,
): Dispatch {
  const { anonymousPull = false, log, tokenIssuer, tokenLifetimes, users = {} } = options;
  const lifetimes = { ...ACR_LIFETIMES, ...tokenLifetimes };
  const tokens = createTokens({ key, service, lifetimes });
  const principals = createPrincipals({ anonymousPull, tokens, users });
  const verifyEntraToken = createEntraVerification(tokenIssuer);
  const routes = [
    ...baseRoutes(),
    ...tokenRoutes({ principals, service, tokens, verifyEntraToken }),
    ...listRoutes(store),
    ...manifestRoutes(store),
    ...uploadRoutes(store),
    ...blobRoutes(store),
    ...referrerRoutes(store),
    ...acrTagRoutes(store, service),
    ...acrManifestRoutes(store, service),
    ...acrRepositoryRoutes(store, service),
  ];
  return createDispatch(routes, createGate({ principals, service, tokens }), (error) =>
    log(`error ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  );
}

interface TakenDirectory {
  readonly path: string;
  release(): void;
}

function takeDirectory(directory: string | undefined): TakenDirectory {
  if (directory !== undefined) return holdDataDirectory(directory);
  const made = mkdtempSync(path.join(os.tmpdir(), "registry-"));
  return { path: made, release: () => rmSync(made, { recursive: true, force: true }) };
}
