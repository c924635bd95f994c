import { describe, expect, onTestFinished, test } from "vitest";

import { createKubeApi } from "../../shared/clients/kubernetes/kube-api.ts";
import { createKubeConfig } from "../../shared/clients/kubernetes/kube-config.ts";
import { createKubeTuningCluster } from "../../shared/clients/kubernetes/kube-tuning-cluster.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import { NAMESPACE, type Script, type ScriptedApi, startScriptedApi } from "../support/cluster.ts";
import { manifestsOf } from "./tuning-cluster.contract.ts";

const NOWHERE = {
  datasetUrl: "https://app.example/api/datasets/capability/train.jsonl",
  registryHost: "registry.example",
  dockerConfig: '{"auths":{"registry.example":{"auth":"c2VjcmV0"}}}',
};

const SECRETS = "/api/v1/namespaces/ml/secrets";
const CONFIG_MAPS = "/api/v1/namespaces/ml/configmaps";
const WORKSPACES = "/apis/kaito.sh/v1beta1/namespaces/ml/workspaces";

describe("an API that refuses", () => {
  async function scripted(answer: Script): Promise<{ api: ScriptedApi; cluster: TuningCluster }> {
    const api = await startScriptedApi(answer);
    onTestFinished(() => api.stop());
    return { api, cluster: createKubeTuningCluster({ ...api, namespace: NAMESPACE }) };
  }

  test.each([
    [403, 'secrets "x" is forbidden: exceeded quota: objects, requested: 1', "QUOTA_EXHAUSTED"],
    [403, 'workspaces is forbidden: User "x" cannot create resource', "PERMISSION_DENIED"],
    [401, "Unauthorized", "PERMISSION_DENIED"],
    [400, "admission webhook denied the request: validation failed", "PIPELINE_INVALID"],
    [422, "Workspace is invalid", "PIPELINE_INVALID"],
    [404, 'namespaces "ml" not found', "UNSUPPORTED"],
    [415, "the body of the request was in an unknown format", "INTERNAL"],
    [500, "failed calling webhook: connection refused", "CLUSTER_UNAVAILABLE"],
    [429, "too many requests", "CLUSTER_UNAVAILABLE"],
  ])("with %i (%s) makes a create fail as it should", async (status, message, code) => {
    const { cluster } = await scripted(() => ({ status, body: { kind: "Status", message } }));

    const creating = cluster.create(manifestsOf("x-1", NOWHERE));

    await expect(creating).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test.each([
    "data source URL https://app.example/api/datasets/capability/train.jsonl must not",
    'tuning.input.urls: Invalid value: ["https://u:capability@app.example/?sig=capability"]',
  ])("is quoted without what an address holds: %s", async (message) => {
    const { cluster } = await scripted(() => ({ status: 400, body: { message } }));

    const checking = cluster.preflight(manifestsOf("x-1", NOWHERE));

    await expect(checking).rejects.toMatchObject({
      message: expect.stringMatching(/^(?!.*capability).*https:\/\/app\.example\/\.\.\./s),
    });
  });

  test("for a moment is asked again", async () => {
    const { api, cluster } = await scripted((_, count) =>
      count === 1 ? { status: 503 } : { status: 200, body: { metadata: { name: "x" } } },
    );

    await cluster.renewPushSecret("rf-x-1", "{}");

    expect(api.seen.map(({ method, contentType }) => [method, contentType])).toEqual([
      ["PATCH", "application/merge-patch+json"],
      ["PATCH", "application/merge-patch+json"],
    ]);
  });

  test("by cutting every connection is unavailable", async () => {
    const { api, cluster } = await scripted(() => "cut");

    await expect(cluster.renewPushSecret("rf-x-1", "{}")).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
    });
    expect(api.seen).toHaveLength(3);
  });

  test("to answer in time is unavailable, and is not waited for again", async () => {
    const { api } = await scripted(() => "silence");
    const request = createKubeApi(api.kubeConfig);

    const reading = request({ method: "GET", path: "version", timeoutMs: 50 });

    await expect(reading).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
      message: "CLUSTER_UNAVAILABLE: no answer within 0.05 s",
    });
    expect(api.seen).toHaveLength(1);
  });

  test.each([
    ["fails", () => Promise.reject(new Error("secret of the identity endpoint"))],
    ["gives none", () => Promise.resolve(null)],
  ])("is not asked without a token, when the identity %s", async (_, getToken) => {
    const { api } = await scripted(() => ({ status: 200 }));
    const kubeConfig = createKubeConfig({
      server: api.url,
      scope: "cluster/.default",
      credential: { getToken },
    });
    const cluster = createKubeTuningCluster({ kubeConfig, namespace: NAMESPACE });

    await expect(cluster.observe("rf-x-1")).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
      message: expect.stringMatching(/^(?!.*secret).*no token/),
    });
    expect(api.seen).toEqual([]);
  });

  test("a ConfigMap that the webhook does not see yet is waited for", async () => {
    const lag = "ConfigMap 'rf-x-1' specified in 'config' not found in namespace 'ml'";
    let refusals = 2;
    const { api, cluster } = await scripted(({ method, path }) => {
      if (method === "POST" && path === WORKSPACES && refusals > 0) {
        refusals -= 1;
        return { status: 400, body: { message: lag } };
      }
      return { status: 201, body: { metadata: { name: "rf-x-1", uid: "u1" } } };
    });

    await cluster.create(manifestsOf("x-1", NOWHERE));

    expect(api.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST ${CONFIG_MAPS}`,
      `POST ${WORKSPACES}`,
      `POST ${WORKSPACES}`,
      `POST ${WORKSPACES}`,
      `POST ${SECRETS}`,
      `PATCH ${CONFIG_MAPS}/rf-x-1`,
    ]);
  });

  test("a ConfigMap that the webhook never sees is no fault of the pipeline", async () => {
    const message = "ConfigMap 'rf-x-1' specified in 'config' not found in namespace 'ml'";
    const { cluster } = await scripted(({ path }) =>
      path === WORKSPACES
        ? { status: 400, body: { message } }
        : { status: 201, body: { metadata: { name: "rf-x-1" } } },
    );

    const creating = cluster.create(manifestsOf("x-1", NOWHERE));

    await expect(creating).rejects.toMatchObject({ code: "CLUSTER_UNAVAILABLE" });
  });

  test("to show nodes is worked without; a Secret is never read", async () => {
    const { api, cluster } = await scripted(({ path }) =>
      path.startsWith("/api/v1/nodes")
        ? { status: 403, body: { message: "nodes is forbidden" } }
        : { status: path.includes("?") ? 200 : 404, body: { items: [], metadata: { name: "x" } } },
    );

    expect(await cluster.objects()).toEqual([]);
    expect(await cluster.remove("rf-x-1", "x-1")).toEqual([]);
    const methods = api.seen.filter(({ path }) => path.includes("/secrets")).map((s) => s.method);
    expect(new Set(methods)).toEqual(new Set(["PATCH"]));
  });

  test("lists page by page", async () => {
    const { api, cluster } = await scripted(({ path }) => {
      const items = [{ metadata: { name: "rf-x-1", labels: { "rollforward.dev/run": "x-1" } } }];
      if (!path.startsWith(WORKSPACES)) return { status: 200, body: { items: [] } };
      const metadata = path.includes("continue=") ? {} : { continue: "a/b=" };
      return { status: 200, body: { metadata, items } };
    });

    const objects = await cluster.objects();

    expect(objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "Workspace rf-x-1",
      "Workspace rf-x-1",
    ]);
    expect(api.seen[1]?.path).toContain("continue=a%2Fb%3D");
  });

  test("a Workspace of ours that is on its way out is waited for", async () => {
    const labels = { "rollforward.dev/role": "tuning", "rollforward.dev/run": "x-1" };
    const deletionTimestamp = "2026-09-01T00:00:00Z";
    const { cluster } = await scripted(({ method, path }) =>
      path.startsWith(WORKSPACES) && method === "POST"
        ? { status: 409, body: { message: "already exists" } }
        : { status: 200, body: { metadata: { name: "rf-x-1", labels, deletionTimestamp } } },
    );

    const creating = cluster.create(manifestsOf("x-1", NOWHERE));

    await expect(creating).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
      message: expect.stringContaining("Workspace rf-x-1 is being deleted"),
    });
  });

  test.each([
    ["text that is no JSON", "<html>not an API</html>"],
    ["an object without a name", { metadata: { uid: "secret-value" } }],
    ["more than anybody reads", "x".repeat(17 * 1024 * 1024)],
  ])("to make sense (%s) is unavailable", async (_, body) => {
    const { cluster } = await scripted(() => ({ status: 200, body }));

    await expect(cluster.observe("rf-x-1")).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
      message: expect.not.stringContaining("secret-value"),
    });
  });
});
