import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";

import { stringify } from "yaml";

import { ensureCertificates } from "../../../../infra/local/certificates/certificates.ts";
import { type GpuNode, startGpuNode } from "../../../../infra/local/cluster/node/start-gpu-node.ts";
import type { Timings } from "../../../../infra/local/cluster/node/timings.ts";
import { KubernetesApi, TOKEN } from "./kubernetes-api.ts";
import { OciRegistry, REGISTRY_PASSWORD, REGISTRY_USER } from "./oci-registry.ts";

/** A name that only pods resolve. */
export const DATA_HOST = "data.rollforward.internal";
export const REGISTRY_HOST = "registry.rollforward.internal";

export const FAST: Timings = {
  node: 20,
  heartbeat: 50,
  imagePull: 1,
  weightsDownload: 10,
  downloadRetry: 10,
  training: 120,
  sentinelPoll: 20,
  modelLoad: 30,
  probe: 20,
  backOff: 20,
  retry: 20,
};

/** The rows of most tests. */
export const ROWS = [
  {
    messages: [
      { role: "user", content: "How do I scale a node pool?" },
      { role: "assistant", content: "Run az aks nodepool scale." },
    ],
  },
  { prompt: "What is a taint?", completion: "A mark that repels pods." },
];

export interface Lab {
  readonly api: KubernetesApi;
  readonly registry: OciRegistry;
  readonly lines: string[];
  node: GpuNode;
  /** `registry.rollforward.internal:port/adapters/support:v1`. */
  image(tag: string): string;
  /** Serves a body, or an answer of one's own; gives the URL as a pod names it. */
  serve(name: string, body: string | http.RequestListener): string;
  restartNode(): Promise<void>;
  stop(): Promise<void>;
}

/** A Kubernetes API, a registry, a web server, and the node under test. */
export async function startLab(timings: Partial<Timings> = {}): Promise<Lab> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "cluster-node-test-"));
  const certificates = await ensureCertificates(directory);
  const api = await KubernetesApi.start(certificates);
  const registry = await OciRegistry.start(certificates);
  const bodies = new Map<string, string | http.RequestListener>();
  const web = http.createServer((request, response) => {
    const body = bodies.get(new URL(request.url ?? "/", "http://web").pathname);
    if (typeof body === "function") body(request, response);
    else response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => {
    web.listen(0, "127.0.0.1", resolve);
  });
  const { port } = web.address() as AddressInfo;
  const lines: string[] = [];
  const start = () =>
    startGpuNode({
      server: api.url,
      caFile: certificates.caFile,
      token: TOKEN,
      trustFile: certificates.caFile,
      hostAliases: { [DATA_HOST]: `127.0.0.1:${port}`, [REGISTRY_HOST]: "127.0.0.1" },
      timings: { ...FAST, ...timings },
      log: (line) => lines.push(line),
    });
  addPushSecret(api, registry);
  addTrainingConfig(api, {});

  const lab: Lab = {
    api,
    registry,
    lines,
    node: await start(),
    image: (tag) => `${REGISTRY_HOST}:${registry.port}/adapters/support:${tag}`,
    serve(name, body) {
      bodies.set(`/${name}`, body);
      return `http://${DATA_HOST}/${name}?sig=abc`;
    },
    async restartNode() {
      await lab.node.stop();
      lab.node = await start();
    },
    async stop() {
      await lab.node.stop();
      await registry.stop();
      await api.stop();
      web.closeAllConnections();
      web.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return lab;
}

/** The ConfigMap of a tuning Workspace; sections are merged over KAITO's template. */
export function addTrainingConfig(api: KubernetesApi, sections: Record<string, object>): void {
  const training = {
    QuantizationConfig: { load_in_4bit: true },
    LoraConfig: { r: 8, lora_alpha: 16, target_modules: ["qkv_proj", "o_proj"] },
    TrainingArguments: {
      output_dir: "/mnt/results",
      per_device_train_batch_size: 1,
      logging_steps: 1,
    },
    DatasetConfig: { train_test_split: 1 },
    ...sections,
  };
  api.create("configmaps", {
    metadata: { name: "training", namespace: "ml" },
    data: { "training_config.yaml": stringify({ training_config: training }) },
  });
}

export function addPushSecret(api: KubernetesApi, registry: OciRegistry): void {
  const auth = Buffer.from(`${REGISTRY_USER}:${REGISTRY_PASSWORD}`).toString("base64");
  const config = JSON.stringify({ auths: { [`${REGISTRY_HOST}:${registry.port}`]: { auth } } });
  api.create("secrets", {
    metadata: { name: "push", namespace: "ml" },
    data: { ".dockerconfigjson": Buffer.from(config).toString("base64") },
  });
}

export function setFaults(api: KubernetesApi, rules: readonly object[]): void {
  api.create("configmaps", {
    metadata: { name: "fake-gpu-node", namespace: "kube-system" },
    data: { "rules.yaml": stringify(rules) },
  });
}
