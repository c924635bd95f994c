import { readFileSync } from "node:fs";

import { z } from "zod";

import type { Limits } from "./contracts/activities.ts";

const MINUTE_MS = 60_000;
const Milliseconds = z.coerce.number().int().positive();
const ServiceUrl = z.url({ protocol: /^https$/ });

/**
 * The app settings that this app reads, and nothing else. Secrets are named here, never logged.
 * Every default is safe in production; `local.settings.example.json` has them all but
 * `STORAGE_SAS_VERSION`, which only a storage service that is older than the SDK needs.
 */
const Settings = z.object({
  RollforwardStorage__blobServiceUri: ServiceUrl,
  RollforwardStorage__tableServiceUri: ServiceUrl,
  /** Version of the storage service that signs SAS; absent: the SDK's own. Older services want theirs. */
  STORAGE_SAS_VERSION: z.iso.date().optional(),
  /** The client id of the user-assigned identity; absent: the system-assigned one. */
  AZURE_CLIENT_ID: z.string().min(1).optional(),
  REGISTRY_LOGIN_SERVER: z.string().regex(/^[a-z0-9.-]+(?::\d+)?$/),
  KUBERNETES_API_SERVER: ServiceUrl,
  /** PEM file of the cluster's authority; absent: the system's. */
  KUBERNETES_CA_FILE: z.string().min(1).optional(),
  /** Default: the AKS Entra server application of the public cloud. */
  KUBERNETES_TOKEN_SCOPE: z.string().default("6dae42f8-4368-4678-94ff-3960e28e3630/.default"),
  WORKSPACE_NAMESPACE: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/),
  /** Where training pods reach this app. */
  PUBLIC_BASE_URL: z.url({ protocol: /^https?$/ }),
  DATASET_EVENTS_QUEUE: z.string().regex(/^[a-z0-9](?:-?[a-z0-9]){2,62}$/),
  /** Key of the dataset capabilities: at least 32 characters of randomness. */
  DATASET_URL_KEY: z.string().min(32),
  /** The first interval between two looks; later ones are longer. */
  POLL_INTERVAL_MS: Milliseconds.default(10_000),
  CAPACITY_TIMEOUT_MS: Milliseconds.default(45 * MINUTE_MS),
  IMAGE_PULL_GRACE_MS: Milliseconds.default(5 * MINUTE_MS),
  UNREACHABLE_LIMIT_MS: Milliseconds.default(30 * MINUTE_MS),
  ROLLOUT_TIMEOUT_MS: Milliseconds.default(60 * MINUTE_MS),
  CRASH_LOOP_GRACE_MS: Milliseconds.default(3 * MINUTE_MS),
  /** A stale request or run is looked after once it is this old. */
  SWEEP_AFTER_MS: Milliseconds.default(5 * MINUTE_MS),
});

/** Names of all settings that the app reads. */
export const SETTING_NAMES: readonly string[] = Object.keys(Settings.shape);

export interface Config {
  readonly storage: {
    readonly blobServiceUrl: string;
    readonly tableServiceUrl: string;
    readonly sasVersion: string | undefined;
  };
  readonly clientId: string | undefined;
  readonly registry: { readonly loginServer: string };
  readonly kubernetes: {
    readonly server: string;
    /** PEM. */
    readonly ca: string | undefined;
    readonly scope: string;
    readonly namespace: string;
  };
  readonly publicBaseUrl: string;
  readonly datasetUrlKey: string;
  readonly limits: Omit<Limits, "tuningDeadlineMs">;
  readonly sweepAfterMs: number;
}

/** Thrown at start-up only, so a bad deployment never takes its first message. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Reads the app settings once, at start-up.
 *
 * @param env - normally `process.env`; a parameter so that tests need no mocking
 * @throws {ConfigError} naming every missing or malformed setting at once, never its value
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    throw new ConfigError(`Invalid app settings:\n${z.prettifyError(parsed.error)}`);
  }

  const settings = parsed.data;
  return {
    storage: {
      blobServiceUrl: settings.RollforwardStorage__blobServiceUri,
      tableServiceUrl: settings.RollforwardStorage__tableServiceUri,
      sasVersion: settings.STORAGE_SAS_VERSION,
    },
    clientId: settings.AZURE_CLIENT_ID,
    registry: { loginServer: settings.REGISTRY_LOGIN_SERVER },
    kubernetes: {
      server: settings.KUBERNETES_API_SERVER,
      ca: readCa(settings.KUBERNETES_CA_FILE),
      scope: settings.KUBERNETES_TOKEN_SCOPE,
      namespace: settings.WORKSPACE_NAMESPACE,
    },
    publicBaseUrl: settings.PUBLIC_BASE_URL.replace(/\/$/, ""),
    datasetUrlKey: settings.DATASET_URL_KEY,
    limits: {
      pollIntervalMs: settings.POLL_INTERVAL_MS,
      capacityTimeoutMs: settings.CAPACITY_TIMEOUT_MS,
      imagePullGraceMs: settings.IMAGE_PULL_GRACE_MS,
      unreachableLimitMs: settings.UNREACHABLE_LIMIT_MS,
      rolloutTimeoutMs: settings.ROLLOUT_TIMEOUT_MS,
      crashLoopGraceMs: settings.CRASH_LOOP_GRACE_MS,
    },
    sweepAfterMs: settings.SWEEP_AFTER_MS,
  };
}

function readCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`KUBERNETES_CA_FILE: ${file} cannot be read`, { cause: error });
  }
}
