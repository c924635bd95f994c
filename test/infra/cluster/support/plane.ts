import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

import { onTestFinished } from "vitest";

import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "../../../../infra/local/cluster/start-control-plane.ts";
import { ApiClient } from "./api-client.ts";

/** Made once for all tests of a worker: making keys takes longer than most tests. */
export const certificatesDirectory = mkdtemp(path.join(os.tmpdir(), "cluster-test-certificates-"));

/** Shorter waits; what follows what stays as it is. */
const FAST = { jobSync: 20, kaitoApply: 60, kaitoRetry: 40 };

export interface TestPlane {
  readonly plane: ControlPlane;
  readonly api: ApiClient;
}

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "cluster-test-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A control plane without a node, with the namespace `ml`; stopped when the test ends. */
export async function startPlane(options: Partial<ControlPlaneOptions> = {}): Promise<TestPlane> {
  const directory = await temporaryDirectory();
  const plane = await startControlPlane({
    certificatesDirectory: await certificatesDirectory,
    kubeconfigFile: path.join(directory, "kubeconfig.yaml"),
    log: () => undefined,
    ...options,
    timings: { ...FAST, ...options.timings },
  });
  onTestFinished(() => plane.stop());
  const api = new ApiClient(plane.url, plane.caFile, plane.adminToken);
  await api.request("POST", "/api/v1/namespaces", { metadata: { name: "ml" } });
  return { plane, api };
}
