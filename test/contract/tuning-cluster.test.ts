import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createKubeTuningCluster } from "../../shared/clients/kubernetes/kube-tuning-cluster.ts";
import { judgeTuning } from "../../shared/domain/tuning-verdict.ts";
import type { TuningCluster } from "../../shared/ports/tuning-cluster.ts";
import { eventually } from "../infra/cluster/support/eventually.ts";
import {
  kubeConfigFor,
  NAMESPACE,
  startTestCluster,
  type TestCluster,
} from "../support/cluster.ts";
import { FakeTuningCluster } from "../support/fakes/fake-tuning-cluster.ts";
import { describeTuningCluster, manifestsOf } from "./tuning-cluster.contract.ts";

const NOWHERE = {
  datasetUrl: "https://app.example/api/datasets/capability/train.jsonl",
  registryHost: "registry.example",
  dockerConfig: '{"auths":{"registry.example":{"auth":"c2VjcmV0"}}}',
};

const SECRETS = "/api/v1/namespaces/ml/secrets";
const CONFIG_MAPS = "/api/v1/namespaces/ml/configmaps";
const WORKSPACES = "/apis/kaito.sh/v1beta1/namespaces/ml/workspaces";

describeTuningCluster("fake", async () => ({ cluster: new FakeTuningCluster(), ...NOWHERE }));

describeTuningCluster("Kubernetes API (stand-in)", async () => {
  const standIn = await startTestCluster();
  return { ...standIn, cluster: kubeCluster(standIn), teardown: () => standIn.stop() };
});

describe("a tuning in the stand-in cluster", () => {
  let standIn: TestCluster;
  let cluster: TuningCluster;

  beforeAll(async () => {
    standIn = await startTestCluster();
    cluster = kubeCluster(standIn);
  });

  afterAll(async () => {
    await standIn.stop();
  });

  test("trains, pushes with the Secret's credentials, and leaves a log", async () => {
    await cluster.create(manifestsOf("whole-1", standIn));

    const seen = await eventually(async () => {
      const observation = await cluster.observe("rf-whole-1");
      return judgeTuning("whole-1", observation).kind === "succeeded" && observation;
    }, "the end of the training");

    expect(seen.pod?.containers.map(({ name, init }) => [name, init])).toEqual([
      ["model-weights-downloader", true],
      ["data-downloader", true],
      ["rf-whole-1", false],
      ["pusher", false],
      ["pause", false],
    ]);
    expect([...standIn.registry.manifests.keys()]).toContain("run-whole-1");
    const log = await cluster.trainerLog("rf-whole-1", 1024 * 1024);
    expect(log).toContain("Fine-Tuning completed");
    expect(await cluster.trainerLog("rf-whole-1", 20)).toBe(log.slice(-20));
    expect(await cluster.containerLog("rf-whole-1", "pusher", 4096)).toContain("Digest: sha256:");
    expect(await cluster.containerLog("rf-whole-1", "nobody", 4096)).toBe("");
  });

  test("lists the GPU node with its run, and says while removing what is still there", async () => {
    const run = "node-1";
    await cluster.create(manifestsOf(run, standIn));
    const node = await eventually(
      async () =>
        (await cluster.objects()).find((each) => each.kind === "Node" && each.run === run),
      "a node",
    );
    const held = { metadata: { finalizers: ["example.com/held"] } };
    await standIn.api.patch(`/api/v1/nodes/${node.name}`, held);

    await eventually(async () => {
      const remaining = await cluster.remove("rf-node-1", run);
      return remaining.length === 1 && remaining[0] === `Node ${node.name}`;
    }, "all but the node going");

    await standIn.api.patch(`/api/v1/nodes/${node.name}`, { metadata: { finalizers: null } });
    await eventually(async () => (await cluster.remove("rf-node-1", run)).length === 0, "its end");
    expect((await cluster.objects()).filter((object) => object.run === run)).toEqual([]);
  });

  test("gives Secret and ConfigMap the Workspace as their owner", async () => {
    await cluster.create(manifestsOf("owner-1", standIn));

    const workspace = await standIn.api.get(`${WORKSPACES}/rf-owner-1`);
    const owner = { kind: "Workspace", name: "rf-owner-1", uid: workspace.metadata.uid };
    for (const path of [SECRETS, CONFIG_MAPS]) {
      const { metadata } = await standIn.api.get(`${path}/rf-owner-1`);
      expect(metadata).toMatchObject({ ownerReferences: [expect.objectContaining(owner)] });
    }
  });

  test("goes on where an earlier call broke off, with fresh credentials", async () => {
    const manifests = manifestsOf("broken-1", standIn);
    await standIn.api.post(CONFIG_MAPS, manifests.configMap);
    await standIn.api.post(SECRETS, manifests.secret);

    const fresh = { ".dockerconfigjson": '{"auths":{"fresh":{}}}' };
    await cluster.create({ ...manifests, secret: { ...manifests.secret, stringData: fresh } });

    const { data, metadata } = await standIn.api.get(`${SECRETS}/rf-broken-1`);
    const content = Buffer.from('{"auths":{"fresh":{}}}').toString("base64");
    expect(data).toEqual({ ".dockerconfigjson": content });
    expect(metadata).toMatchObject({ ownerReferences: [{ name: "rf-broken-1" }] });
  });

  test.each(["secrets", "configmaps"])("leaves %s of somebody else alone", async (plural) => {
    const path = `/api/v1/namespaces/ml/${plural}`;
    const name = `rf-foreign-${plural}-1`;
    await standIn.api.post(path, { metadata: { name }, data: { theirs: "dGhlaXJz" } });
    const run = `foreign-${plural}-1`;

    const creating = cluster.create(manifestsOf(run, standIn));

    await expect(creating).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
    await eventually(async () => (await cluster.remove(name, run)).length === 0, "its end");
    expect(await standIn.api.get(`${path}/${name}`)).toMatchObject({
      data: { theirs: "dGhlaXJz" },
    });
  });

  test("renews the content of the push Secret", async () => {
    await cluster.create(manifestsOf("fresh-1", standIn));

    await cluster.renewPushSecret("rf-fresh-1", '{"auths":{}}');

    expect(await standIn.api.get(`${SECRETS}/rf-fresh-1`)).toMatchObject({
      data: { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") },
    });
  });

  test("refuses a cluster whose certificate a stranger signed", async () => {
    const stranger = createKubeTuningCluster({
      kubeConfig: kubeConfigFor(standIn.url, undefined, "token"),
      namespace: NAMESPACE,
    });

    await expect(stranger.observe("rf-x-1")).rejects.toMatchObject({
      code: "CLUSTER_UNAVAILABLE",
      message: expect.stringMatching(/SELF_SIGNED|UNABLE_TO/),
    });
  });

  test("is told apart when it takes no token of ours", async () => {
    const unknown = createKubeTuningCluster({
      kubeConfig: kubeConfigFor(standIn.url, standIn.ca, "wrong"),
      namespace: NAMESPACE,
    });

    await expect(unknown.observe("rf-x-1")).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

function kubeCluster({ kubeConfig }: Pick<TestCluster, "kubeConfig">): TuningCluster {
  return createKubeTuningCluster({ kubeConfig, namespace: NAMESPACE });
}
