import http from "node:http";
import path from "node:path";

import { describe, expect, onTestFinished, test } from "vitest";

import { startCluster } from "../../../infra/local/cluster/start-cluster.ts";
import { listen } from "../../../infra/local/program/listen.ts";
import { ApiClient } from "./support/api-client.ts";
import { eventually } from "./support/eventually.ts";
import { certificatesDirectory, temporaryDirectory } from "./support/plane.ts";
import { inferenceWorkspace, tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const FAST = {
  node: 20,
  weightsDownload: 20,
  training: 100,
  modelLoad: 20,
  probe: 20,
  imagePull: 5,
};

const ROWS = Array.from({ length: 12 }, (_, index) =>
  JSON.stringify({
    messages: [
      { role: "user", content: `question ${index}` },
      { role: "assistant", content: `answer ${index}` },
    ],
  }),
).join("\n");

/** A control plane with the fake GPU node under it, and data that its pods can download. */
async function startWhole(): Promise<ApiClient> {
  const server = http.createServer((_, response) => response.end(ROWS));
  const data = await listen(server, { host: "127.0.0.1", port: 0, option: "" });
  const cluster = await startCluster({
    certificatesDirectory: await certificatesDirectory,
    kubeconfigFile: path.join(await temporaryDirectory(), "kubeconfig.yaml"),
    hostAliases: { "data.rollforward.internal": `127.0.0.1:${data}` },
    nodeTimings: FAST,
  });
  onTestFinished(async () => {
    await cluster.stop();
    server.closeAllConnections();
    server.close();
  });
  const api = new ApiClient(cluster.url, cluster.caFile, cluster.adminToken);
  await api.post("/api/v1/namespaces", { metadata: { name: "ml" } });
  return api;
}

async function reaches(api: ApiClient, name: string, state: string): Promise<void> {
  await eventually(async () => {
    const { status } = await api.get(`${WORKSPACES}/${name}`);
    return JSON.stringify(status ?? {}).includes(`"state":"${state}"`);
  }, `${name} being ${state}`);
}

describe("the control plane and the fake GPU node together", () => {
  test("train on real data, and keep the log", async () => {
    const api = await startWhole();
    const input = { name: "data", urls: ["http://data.rollforward.internal/train.jsonl"] };
    const config =
      "training_config: {QuantizationConfig: {load_in_4bit: true}, LoraConfig: {target_modules: [qkv_proj]}, TrainingArguments: {output_dir: /mnt/results}}";
    await api.post("/api/v1/namespaces/ml/configmaps", {
      metadata: { name: "training" },
      data: { "training_config.yaml": config },
    });

    const output = { volumeSource: { emptyDir: {} } };
    await api.post(WORKSPACES, tuningWorkspace("t", { input, output, config: "training" }));
    await reaches(api, "t", "Succeeded");

    const [pod] = await api.items("/api/v1/namespaces/ml/pods");
    const log = `/api/v1/namespaces/ml/pods/${pod?.metadata.name ?? ""}/log?container=t`;
    expect((await api.request("GET", log)).text).toContain("Fine-Tuning completed");
  });

  test("serve a model behind the Service's proxy, and take everything away again", async () => {
    const api = await startWhole();

    await api.post(WORKSPACES, inferenceWorkspace("serve"));
    await reaches(api, "serve", "Ready");
    const models = await api.request(
      "GET",
      "/api/v1/namespaces/ml/services/serve:80/proxy/v1/models",
    );
    await api.request("DELETE", `${WORKSPACES}/serve`);

    expect(JSON.parse(models.text)).toMatchObject({ data: [{ id: "phi-4-mini-instruct" }] });
    await eventually(async () => (await api.items("/api/v1/nodes")).length === 0, "no node");
    expect(await api.items("/api/v1/namespaces/ml/pods")).toEqual([]);
  });
});
