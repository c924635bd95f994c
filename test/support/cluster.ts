import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import type { TokenCredential } from "@azure/core-auth";
import type { KubeConfig } from "@kubernetes/client-node";

import { ensureCertificates } from "../../infra/local/certificates/certificates.ts";
import { startCluster } from "../../infra/local/cluster/start-cluster.ts";
import { listen } from "../../infra/local/program/listen.ts";
import { createKubeConfig } from "../../shared/clients/kubernetes/kube-config.ts";
import { ApiClient } from "../infra/cluster/support/api-client.ts";
import {
  OciRegistry,
  REGISTRY_PASSWORD,
  REGISTRY_USER,
} from "../infra/cluster-node/support/oci-registry.ts";

export const NAMESPACE = "ml";

const ROWS = Array.from({ length: 12 }, (_, index) =>
  JSON.stringify({
    messages: [
      { role: "user", content: `What is the number of row ${index}?` },
      { role: "assistant", content: `It is ${index}.` },
    ],
  }),
).join("\n");

const FAST_PLANE = { jobSync: 20, kaitoApply: 40, kaitoRetry: 40 };
const FAST_NODE = {
  node: 20,
  weightsDownload: 10,
  training: 100,
  modelLoad: 20,
  probe: 20,
  imagePull: 5,
  retry: 50,
};

export interface TestCluster {
  readonly kubeConfig: KubeConfig;
  /** The API without the client under test. */
  readonly api: ApiClient;
  readonly url: string;
  readonly ca: string;
  readonly registry: OciRegistry;
  /** A dataset with rows, as a pod names it. */
  readonly datasetUrl: string;
  /** Host and port of the registry, as a pod names it. */
  readonly registryHost: string;
  /** What opens the registry. */
  readonly dockerConfig: string;
  stop(): Promise<void>;
}

/** The stand-in cluster with its GPU node, a dataset and a registry, all on loopback. */
export async function startTestCluster(): Promise<TestCluster> {
  const directory = await mkdtemp(path.join(tmpdir(), "cluster-contract-"));
  const certificates = await ensureCertificates(directory);
  const ca = await readFile(certificates.caFile, "utf8");
  const registry = await OciRegistry.start(certificates);
  const data = http.createServer((_request, response) => response.end(ROWS));
  const port = await listen(data, { host: "127.0.0.1", port: 0, option: "" });
  const cluster = await startCluster({
    certificatesDirectory: directory,
    hostAliases: {
      "data.rollforward.internal": `127.0.0.1:${port}`,
      "registry.rollforward.internal": "127.0.0.1",
    },
    timings: FAST_PLANE,
    nodeTimings: FAST_NODE,
  });
  const api = new ApiClient(cluster.url, cluster.caFile, cluster.adminToken);
  await api.post("/api/v1/namespaces", { metadata: { name: NAMESPACE } });

  const registryHost = `registry.rollforward.internal:${registry.port}`;
  const auth = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString("base64");
  return {
    kubeConfig: kubeConfigFor(cluster.url, ca, cluster.adminToken),
    api,
    url: cluster.url,
    ca,
    registry,
    datasetUrl: "http://data.rollforward.internal/api/datasets/capability/train.jsonl",
    registryHost,
    dockerConfig: JSON.stringify({ auths: { [registryHost]: { auth } } }),
    async stop() {
      await cluster.stop();
      await registry.stop();
      data.closeAllConnections();
      data.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function kubeConfigFor(server: string, ca: string | undefined, token: string): KubeConfig {
  const credential: TokenCredential = {
    getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  return createKubeConfig({
    server,
    scope: "cluster/.default",
    credential,
    ...(ca !== undefined && { ca }),
  });
}

export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ScriptedApi {
  readonly kubeConfig: KubeConfig;
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** `cut` ends the connection, `silence` leaves it open. */
export type Script = (request: SeenRequest, count: number) => ScriptedAnswer | "cut" | "silence";

/** An API server that says what a test wants it to say. */
export async function startScriptedApi(answer: Script): Promise<ScriptedApi> {
  const directory = await mkdtemp(path.join(tmpdir(), "scripted-api-"));
  const { caFile, certFile, keyFile } = await ensureCertificates(directory);
  const seen: SeenRequest[] = [];
  const server = https.createServer(
    { cert: await readFile(certFile), key: await readFile(keyFile) },
    (request, response) => {
      void text(request).then((body) => {
        const { method = "", url = "", headers } = request;
        const one = { method, path: url, contentType: headers["content-type"], body };
        seen.push(one);
        const answered = answer(one, seen.length);
        if (answered === "silence") return undefined;
        if (answered === "cut") return request.socket.destroy();
        response.writeHead(answered.status, answered.headers);
        const { body: content = "" } = answered;
        return response.end(typeof content === "string" ? content : JSON.stringify(content));
      });
    },
  );
  const port = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  const url = `https://127.0.0.1:${port}`;
  return {
    kubeConfig: kubeConfigFor(url, await readFile(caFile, "utf8"), "token"),
    url,
    seen,
    async stop() {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
