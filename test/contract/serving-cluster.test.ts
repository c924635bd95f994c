import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

import { createKubeServingCluster } from "../../shared/clients/kubernetes/kube-serving-cluster.ts";
import { createKubeTuningCluster } from "../../shared/clients/kubernetes/kube-tuning-cluster.ts";
import { judgeServing } from "../../shared/domain/serving-verdict.ts";
import { judgeTuning } from "../../shared/domain/tuning-verdict.ts";
import type { ServingCluster } from "../../shared/ports/serving-cluster.ts";
import { eventually } from "../infra/cluster/support/eventually.ts";
import { digestOf } from "../infra/cluster-node/support/oci-registry.ts";
import {
  NAMESPACE,
  type Script,
  type ScriptedApi,
  startScriptedApi,
  startTestCluster,
  type TestCluster,
} from "../support/cluster.ts";
import { FakeServingCluster } from "../support/fakes/fake-serving-cluster.ts";
import { describeServingCluster, servingManifests } from "./serving-cluster.contract.ts";
import { manifestsOf } from "./tuning-cluster.contract.ts";

const NOWHERE = { registryHost: "registry.example", dockerConfig: '{"auths":{}}' };
const SECRETS = "/api/v1/namespaces/ml/secrets";
const PROXY = "/api/v1/namespaces/ml/services/support:80/proxy/v1";

describeServingCluster("fake", async () => ({ cluster: new FakeServingCluster(), ...NOWHERE }));

describeServingCluster("Kubernetes API (stand-in)", async () => {
  const standIn = await startTestCluster();
  return { ...standIn, cluster: kubeCluster(standIn), teardown: () => standIn.stop() };
});

describe("a model in the stand-in cluster", () => {
  let standIn: TestCluster;
  let cluster: ServingCluster;

  beforeAll(async () => {
    standIn = await startTestCluster();
    cluster = kubeCluster(standIn);
  });

  afterAll(async () => {
    await standIn.stop();
  });

  /** @returns the adapter's image, by digest */
  async function tune(run: string): Promise<string> {
    const tuning = createKubeTuningCluster({
      kubeConfig: standIn.kubeConfig,
      namespace: NAMESPACE,
    });
    await tuning.create(manifestsOf(run, standIn));
    await eventually(
      async () => judgeTuning(run, await tuning.observe(`rf-${run}`)).kind === "succeeded",
      `the training of ${run}`,
    );
    const manifest = standIn.registry.manifests.get(`run-${run}`)?.bytes ?? Buffer.alloc(0);
    const image = `${standIn.registryHost}/adapters/support@${digestOf(manifest)}`;
    standIn.registry.manifests.set(digestOf(manifest), {
      bytes: manifest,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
    });
    return image;
  }

  async function live(image: string, oldHash?: string): Promise<void> {
    await eventually(async () => {
      const seen = await cluster.observe("support-blue", "support");
      return judgeServing(seen, { image, oldHash }).kind === "live";
    }, `${image} being live`);
  }

  test("answers what the adapter was tuned on, the next adapter too, and says when its pod was ready", async () => {
    const first = await tune("first-1");
    await cluster.create(servingManifests("support", first, standIn.dockerConfig));
    await live(first);

    expect(await cluster.models("support")).toEqual(["phi-4-mini-instruct", "support"]);
    const question = "What is the number of row 7?";
    const answer = await cluster.ask("support", "support", question);
    expect(answer).toContain("It is 7.");
    expect(await cluster.ask("support", "support", question)).toBe(answer);

    const second = await tune("second-1");
    const { workspace } = await cluster.observe("support-blue", "support");
    await cluster.changeAdapter({
      workspace: "support-blue",
      name: "support",
      image: second,
      pullSecret: "support-pull",
      resourceVersion: workspace?.resourceVersion ?? "",
    });
    await live(second, workspace?.hash);

    const { pods, statefulSet } = await cluster.observe("support-blue", "support");
    expect(statefulSet?.pulls).toEqual([second]);
    expect(pods).toMatchObject([{ name: "support-blue-0", phase: "Running", deleting: false }]);
    expect(Date.parse(pods[0]?.readySince ?? "")).toBeGreaterThan(0);
  });

  test("a pull Secret of somebody else stops a create before anything is made", async () => {
    const theirs = { metadata: { name: "other-pull" }, data: { theirs: "dGhlaXJz" } };
    await standIn.api.post(SECRETS, theirs);
    const image = `registry.example/adapters/other@sha256:${"1".repeat(64)}`;

    const creating = cluster.create(servingManifests("other", image, standIn.dockerConfig));

    await expect(creating).rejects.toMatchObject({ code: "WORKSPACE_CHANGED" });
    expect(await cluster.observe("other-blue", "other")).toEqual({ pods: [] });
    expect(await standIn.api.get(`${SECRETS}/other-pull`)).toMatchObject({
      data: { theirs: "dGhlaXJz" },
    });
  });
});

describe("a model server", () => {
  async function scripted(answer: Script): Promise<{ api: ScriptedApi; cluster: ServingCluster }> {
    const api = await startScriptedApi(answer);
    onTestFinished(() => api.stop());
    return { api, cluster: kubeCluster(api) };
  }

  test("is asked so that the same question gets the same answer, within bounds", async () => {
    const body = { choices: [{ message: { role: "assistant", content: "Yes." } }] };
    const { api, cluster } = await scripted(() => ({ status: 200, body }));

    expect(await cluster.ask("support", "support-lora", "Is it?")).toBe("Yes.");

    const [asked] = api.seen;
    expect(asked).toMatchObject({ method: "POST", path: `${PROXY}/chat/completions` });
    expect(JSON.parse(asked?.body ?? "")).toEqual({
      model: "support-lora",
      messages: [{ role: "user", content: "Is it?" }],
      temperature: 0,
      seed: 7,
      max_tokens: 512,
    });
  });

  test.each([
    ["no content", { choices: [{ message: { content: null } }] }, ""],
    ["more text than is kept", { choices: [{ message: { content: "x".repeat(20_000) } }] }, 16_384],
  ])("may answer with %s", async (_, body, expected) => {
    const { cluster } = await scripted(() => ({ status: 200, body }));

    const answer = await cluster.ask("support", "support", "Hello");

    expect(typeof expected === "number" ? answer.length : answer).toBe(expected);
  });

  test.each([
    [404, "CLUSTER_UNAVAILABLE"],
    [429, "CLUSTER_UNAVAILABLE"],
    [502, "CLUSTER_UNAVAILABLE"],
    [503, "CLUSTER_UNAVAILABLE"],
    [400, "ROLLOUT_FAILED"],
    [302, "ROLLOUT_FAILED"],
    [403, "PERMISSION_DENIED"],
  ])("that answers %i fails the question as it should", async (status, code) => {
    const headers = { location: "/api/v1/namespaces/ml/secrets" };
    const { api, cluster } = await scripted(() => ({
      status,
      headers,
      body: "my secret question",
    }));

    await expect(cluster.ask("support", "support", "Hello")).rejects.toMatchObject({
      code,
      message: expect.not.stringContaining("secret question"),
    });
    expect(new Set(api.seen.map(({ path }) => path))).toEqual(
      new Set([`${PROXY}/chat/completions`]),
    );
  });

  test.each([
    ["a page", "<html></html>"],
    ["nothing to choose from", { choices: [] }],
    ["another shape", { data: [{ name: "support" }] }],
    ["megabytes", "x".repeat(2 * 1024 * 1024)],
  ])("that answers with %s is none", async (_, body) => {
    const { cluster } = await scripted(() => ({ status: 200, body }));
    const unavailable = { code: "CLUSTER_UNAVAILABLE" };

    await expect(cluster.ask("support", "support", "Hello")).rejects.toMatchObject(unavailable);
    await expect(cluster.models("support")).rejects.toMatchObject(unavailable);
  });

  test("a change of an adapter whose answer was lost is not sent twice", async () => {
    const { api, cluster } = await scripted(() => "cut");

    const changing = cluster.changeAdapter({
      workspace: "support-blue",
      name: "support",
      image: "registry.example/adapters/support@sha256:1",
      pullSecret: "support-pull",
      resourceVersion: "7",
    });

    await expect(changing).rejects.toMatchObject({ code: "CLUSTER_UNAVAILABLE" });
    expect(api.seen).toHaveLength(1);
    expect(api.seen[0]?.contentType).toBe("application/merge-patch+json");
    expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
      metadata: { resourceVersion: "7" },
      inference: {
        adapters: [
          {
            source: {
              name: "support",
              image: "registry.example/adapters/support@sha256:1",
              imagePullSecrets: ["support-pull"],
            },
          },
        ],
      },
    });
  });
});

function kubeCluster({ kubeConfig }: Pick<TestCluster, "kubeConfig">): ServingCluster {
  return createKubeServingCluster({ kubeConfig, namespace: NAMESPACE });
}
