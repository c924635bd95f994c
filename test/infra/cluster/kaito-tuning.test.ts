import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { eventually } from "./support/eventually.ts";
import { jobOrder, workspaceOrder } from "./support/orders.ts";
import { startPlane } from "./support/plane.ts";
import { boundPod, letGo, provideNode, setPod } from "./support/scripted-node.ts";
import { record } from "./support/watch.ts";
import { JOBS, tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

/** What the real controllers did, read off the recordings of a real cluster. */
const recorded = z
  .record(
    z.string(),
    z.object({
      workspace: z.array(z.looseObject({})),
      job: z.array(z.looseObject({})).default([]),
    }),
  )
  .parse(
    JSON.parse(readFileSync(new URL("./fixtures/recorded-orders.json", import.meta.url), "utf8")),
  );

const VOLUME_OUTPUT = { output: { volumeSource: { emptyDir: {} } } };

/** A tuning Workspace whose pod is bound to a node, and everything that was said about it. */
async function startTuning(name: string, changes: object = {}) {
  const plane = await startPlane({ timings: { jobBackOff: 150 } });
  const { api } = plane;
  const workspaces = await record(plane, WORKSPACES);
  const jobs = await record(plane, JOBS);
  await api.post(WORKSPACES, tuningWorkspace(name, changes));
  await provideNode(api, name);
  const pod = await boundPod(api, name);
  const saw = (state: string, count = 1): Promise<boolean> =>
    eventually(async () => {
      const states = workspaceOrder(workspaces).map((each) => Reflect.get(each, "state"));
      return states.filter((each) => each === state).length >= count;
    }, `state ${state}`);
  return { api, pod, workspaces, jobs, saw };
}

describe("a tuning Workspace says what the real one said", () => {
  test("on the way to success, with a moment of Pending just before it", async () => {
    const { api, pod, workspaces, jobs, saw } = await startTuning("tune-a");
    await saw("Running");

    await setPod(api, pod, "Running", { "tune-a": "running", pusher: "running", pause: "running" });
    await setPod(api, pod, "Succeeded", { "tune-a": 0, pusher: 0, pause: 0 });
    await saw("Succeeded");

    expect(workspaceOrder(workspaces)).toEqual(recorded["a-tuning-happy"]?.workspace);
    expect(jobOrder(jobs)).toEqual(recorded["a-tuning-happy"]?.job);
  });

  test.each([
    ["b-trainer-crash", { "tune-b": 1, pusher: "running", pause: "running" }],
    ["b3-push-fails", { "tune-b": 0, pusher: 1, pause: "running" }],
    ["d-image-pull-backoff", { "tune-b": "ImagePullBackOff", pusher: "PodInitializing" }],
  ] as const)("%s: Running, for ever", async (scenario, containers) => {
    const { api, pod, workspaces, jobs, saw } = await startTuning("tune-b");
    await saw("Running");

    const phase = scenario === "d-image-pull-backoff" ? "Pending" : "Running";
    await setPod(api, pod, phase, containers);
    // Something that comes later by the same way: the status above has been seen by then.
    await api.patch(`${JOBS}/tune-b`, { metadata: { labels: { later: "yes" } } });
    await eventually(async () => jobs.at(-1)?.object.metadata.labels["later"] === "yes");

    expect(workspaceOrder(workspaces)).toEqual(recorded[scenario]?.workspace);
    expect(jobOrder(jobs)).toEqual(recorded[scenario]?.job);
  });

  test("Failed at the first failed pod and for good, although the second one succeeds", async () => {
    const { api, pod, workspaces, jobs, saw } = await startTuning("tune-c", VOLUME_OUTPUT);
    await saw("Running");

    await setPod(api, pod, "Failed", { "tune-c": 1 });
    await saw("Failed");
    const second = await boundPod(api, "tune-c", pod);
    await setPod(api, second, "Succeeded", { "tune-c": 0 });
    await eventually(async () => Object.hasOwn(jobOrder(jobs).at(-1) ?? {}, "succeeded"));

    const scenario = recorded["b2-trainer-crash-volume-output"];
    expect(workspaceOrder(workspaces)).toEqual(scenario?.workspace);
    expect(jobOrder(jobs)).toEqual(scenario?.job);
  });

  test("Failed when a deadline that was patched onto the running Job is over", async () => {
    const { api, pod, workspaces, jobs, saw } = await startTuning("tune-d");
    await saw("Running");
    await setPod(api, pod, "Running", { "tune-d": 1, pusher: "running", pause: "running" });

    await api.patch(`${JOBS}/tune-d`, { spec: { activeDeadlineSeconds: 1 } });
    await saw("Failed");
    await letGo(api, pod);
    await eventually(async () =>
      JSON.stringify(jobOrder(jobs).at(-1)).includes("Failed=DeadlineExceeded"),
    );

    expect(workspaceOrder(workspaces)).toEqual(recorded["f-active-deadline"]?.workspace);
    expect(jobOrder(jobs)).toEqual(recorded["f-active-deadline"]?.job);
  });
});

describe("a tuning Workspace", () => {
  test("has generation 2 at once, a finalizer, a revision and a NodeClaim", async () => {
    const { api } = await startPlane();

    await api.post(WORKSPACES, tuningWorkspace("tune-e"));
    await eventually(
      async () => (await api.items("/apis/karpenter.sh/v1/nodeclaims")).length === 1,
    );

    const workspace = await api.get(`${WORKSPACES}/tune-e`);
    expect(workspace.metadata).toMatchObject({
      generation: 2,
      finalizers: ["workspace.finalizer.kaito.sh"],
      annotations: { "workspace.kaito.io/revision": "1" },
    });
    expect(await api.items("/apis/karpenter.sh/v1/nodeclaims")).toMatchObject([
      {
        metadata: { labels: { apps: "tune-e", "kaito.sh/workspacenamespace": "ml" } },
        spec: { taints: [{ key: "sku" }], resources: { requests: { storage: "1Ti" } } },
      },
    ]);
  });

  test("makes the pod that the fake GPU node knows how to run", async () => {
    const { pod } = await startTuning("tune-f");

    expect(pod["spec"]).toMatchObject({
      restartPolicy: "Never",
      shareProcessNamespace: true,
      initContainers: [
        { name: "model-weights-downloader" },
        {
          name: "data-downloader",
          env: [
            { name: "DATA_URLS", value: "https://data.example/train.jsonl" },
            { name: "DATA_VOLUME_PATH" },
          ],
        },
      ],
      containers: [
        { name: "tune-f", resources: { requests: { "nvidia.com/gpu": "1" } } },
        {
          name: "pusher",
          args: [expect.stringContaining("IMG_REF='registry.example/adapters/support:v1'")],
        },
        { name: "pause", imagePullPolicy: "Always" },
      ],
    });
  });

  test.each(["llama-3.1-8b-instruct", "mistral-7b"])(
    "of preset %s gets a machine, and then nothing, and says nothing",
    async (preset) => {
      const { api } = await startPlane({ timings: { kaitoRetry: 20 } });
      await api.post(WORKSPACES, tuningWorkspace("tune-g", { preset: { name: preset } }));

      await provideNode(api, "tune-g");
      const workspace = await eventually(async () => {
        const found = await api.get(`${WORKSPACES}/tune-g`);
        return JSON.stringify(found["status"]).includes("workspace resource is ready") && found;
      });

      expect(workspace["status"]).toMatchObject({ state: "Pending" });
      expect(JSON.stringify(workspace["status"])).not.toContain("last reconcile error");
      expect(await api.items(JOBS)).toEqual([]);
    },
  );

  test("of an unknown machine size says so behind every message", async () => {
    const { api } = await startPlane();
    const workspace = tuningWorkspace("tune-h");
    workspace.resource.instanceType = "Standard_NC24ads_A100_v9";
    await api.post(WORKSPACES, workspace);

    await provideNode(api, "tune-h");
    const error =
      "(last reconcile error: invalid value: Unsupported SKU 'Standard_NC24ads_A100_v9' for cloud provider: sku)";
    expect(
      await eventually(async () =>
        JSON.stringify((await api.get(`${WORKSPACES}/tune-h`))["status"]).includes(
          `workspace resource is ready ${error}`,
        ),
      ),
    ).toBeTruthy();
  });

  test("keeps its machine until it is deleted, and then everything goes", async () => {
    const { api, pod, saw } = await startTuning("tune-i");
    await setPod(api, pod, "Succeeded", { "tune-i": 0, pusher: 0, pause: 0 });
    await saw("Succeeded");
    expect(await api.items("/apis/karpenter.sh/v1/nodeclaims")).toHaveLength(1);

    await api.request("DELETE", `${WORKSPACES}/tune-i`);

    await eventually(async () => (await api.items(JOBS)).length === 0);
    await eventually(async () => (await api.items("/api/v1/namespaces/ml/pods")).length === 0);
    expect(await api.items("/apis/karpenter.sh/v1/nodeclaims")).toEqual([]);
    expect(await api.items(WORKSPACES)).toEqual([]);
  });

  test("gets a new NodeClaim when the old one vanishes", async () => {
    const { api } = await startTuning("tune-j");
    const [old] = await api.items("/apis/karpenter.sh/v1/nodeclaims");

    await api.request("DELETE", `/apis/karpenter.sh/v1/nodeclaims/${old?.metadata.name ?? ""}`);

    expect(
      await eventually(async () => {
        const claims = await api.items("/apis/karpenter.sh/v1/nodeclaims");
        return claims.some(({ metadata }) => metadata.name !== old?.metadata.name);
      }),
    ).toBeTruthy();
  });

  test("that is changed after success trains again, and is still Succeeded at first", async () => {
    const { api, pod, workspaces, saw } = await startTuning("tune-k");
    await setPod(api, pod, "Succeeded", { "tune-k": 0, pusher: 0, pause: 0 });
    await saw("Succeeded");

    await api.patch(`${WORKSPACES}/tune-k`, {
      tuning: { output: { image: "registry.example/adapters/support:v2" } },
    });
    await boundPod(api, "tune-k", pod);
    await saw("Running", 2);

    const stale = workspaces.find(({ object }) =>
      /"observedGeneration":3.*"state":"Succeeded"/.test(JSON.stringify(object["status"] ?? {})),
    );
    expect(stale).toBeDefined();
    const job = await api.get(`${JOBS}/tune-k`);
    expect(job.metadata.annotations["workspace.kaito.io/revision"]).toBe("2");
  });
});
