import { describe, expect, test } from "vitest";

import type { ApiClient, ApiObject } from "./support/api-client.ts";
import { eventually } from "./support/eventually.ts";
import { startPlane } from "./support/plane.ts";
import { JOBS } from "./support/workspaces.ts";

const PODS = "/api/v1/namespaces/ml/pods";

const CONTAINER = { name: "main", image: "x" };

async function addNode(api: ApiClient, name: string, changes: object = {}): Promise<void> {
  const beat = new Date().toISOString();
  await api.post("/api/v1/nodes", {
    metadata: { name, labels: { zone: name } },
    spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
    status: {
      allocatable: { "nvidia.com/gpu": "1" },
      conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: beat }],
    },
    ...changes,
  });
}

const gpuPod = (name: string, changes: object = {}) => ({
  metadata: { name },
  spec: {
    containers: [{ ...CONTAINER, resources: { requests: { "nvidia.com/gpu": "1" } } }],
    tolerations: [{ key: "sku", operator: "Equal", value: "gpu", effect: "NoSchedule" }],
    ...changes,
  },
});

function nodeOf(pod: ApiObject): unknown {
  return Reflect.get(Object(pod["spec"]), "nodeName");
}

describe("the scheduler", () => {
  test("binds to a node that fits, one GPU for one pod", async () => {
    const { api } = await startPlane();
    await addNode(api, "n1");

    await api.post(PODS, gpuPod("a"));
    await eventually(async () => nodeOf(await api.get(`${PODS}/a`)) === "n1");
    await api.post(PODS, gpuPod("b"));

    const waiting = await eventually(async () => {
      const text = JSON.stringify((await api.get(`${PODS}/b`))["status"]);
      return text.includes("Unschedulable") && text;
    });
    expect(waiting).toContain("0/1 nodes are available: 1 Insufficient nvidia.com/gpu.");
    await api.request("DELETE", `${PODS}/a?gracePeriodSeconds=0`);
    await eventually(async () => nodeOf(await api.get(`${PODS}/b`)) === "n1");
  });

  test.each([
    ["a taint", { tolerations: [] }, "untolerated taint {sku: gpu}"],
    ["a selector", { nodeSelector: { zone: "n2" } }, "node affinity/selector"],
  ])("respects %s", async (_, changes, reason) => {
    const { api } = await startPlane();
    await addNode(api, "n1");

    await api.post(PODS, gpuPod("a", changes));

    expect(
      await eventually(async () =>
        JSON.stringify((await api.get(`${PODS}/a`))["status"]).includes(reason),
      ),
    ).toBeTruthy();
  });
});

describe("a Job", () => {
  const job = (spec: object = {}) => ({
    metadata: { name: "j" },
    spec: { template: { spec: { restartPolicy: "Never", containers: [CONTAINER] } }, ...spec },
  });

  async function failNextPod(api: ApiClient, failed: Set<string | undefined>): Promise<void> {
    const pod = await eventually(async () => {
      const pods = await api.items(PODS);
      return pods.find(({ metadata }) => !failed.has(metadata.uid));
    });
    failed.add(pod.metadata.uid);
    await api.patch(`${PODS}/${pod.metadata.name}/status`, { status: { phase: "Failed" } });
  }

  test("makes a new pod after each failure, until its limit", async () => {
    const { api } = await startPlane({ timings: { jobBackOff: 20, jobSync: 10 } });
    await api.post(JOBS, job({ backoffLimit: 2 }));

    const failed = new Set<string | undefined>();
    for (let pod = 0; pod < 3; pod++) await failNextPod(api, failed);

    const ended = await eventually(async () => {
      const text = JSON.stringify((await api.get(`${JOBS}/j`))["status"]);
      return text.includes('"type":"Failed"') && text;
    });
    expect(ended).toContain("BackoffLimitExceeded");
    expect(await api.items(PODS)).toHaveLength(3);
  });

  test("ends at the first failure when its limit is patched to 0 while it runs", async () => {
    const { api } = await startPlane();
    await api.post(JOBS, job());
    await api.patch(`${JOBS}/j`, { spec: { backoffLimit: 0 } });

    await failNextPod(api, new Set());

    expect(
      await eventually(async () =>
        JSON.stringify((await api.get(`${JOBS}/j`))["status"]).includes("BackoffLimitExceeded"),
      ),
    ).toBeTruthy();
  });

  test("refuses another template", async () => {
    const { api } = await startPlane();
    await api.post(JOBS, job());

    const template = { spec: { containers: [{ name: "other", image: "x" }] } };
    const type = "application/merge-patch+json";
    const answer = await api.request("PATCH", `${JOBS}/j`, { spec: { template } }, { type });

    expect(answer.status).toBe(422);
    expect(answer.body["message"]).toContain("field is immutable");
  });
});

describe("a node", () => {
  test("that is silent is given up, and its pods are evicted", async () => {
    const { api } = await startPlane({ timings: { nodeGrace: 200, eviction: 100 } });
    await addNode(api, "n1");
    await api.post(PODS, gpuPod("a", { nodeName: "n1" }));
    const running = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
    await api.patch(`${PODS}/a/status`, { status: running });

    await eventually(async () => (await api.get(`${PODS}/a`)).metadata.deletionTimestamp);

    const node = await api.get("/api/v1/nodes/n1");
    expect(node["status"]).toMatchObject({
      conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }],
    });
    expect(JSON.stringify(node["spec"])).toContain("node.kubernetes.io/unreachable");
    expect(JSON.stringify((await api.get(`${PODS}/a`))["status"])).toContain('"status":"False"');
  });

  test("that comes back is taken again", async () => {
    const { api } = await startPlane({ timings: { nodeGrace: 200 } });
    await addNode(api, "n1");
    const specOf = async () => JSON.stringify((await api.get("/api/v1/nodes/n1"))["spec"]);
    await eventually(async () => (await specOf()).includes("unreachable"));

    const lastHeartbeatTime = new Date(Date.now() + 60_000).toISOString();
    const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime }];
    await api.patch("/api/v1/nodes/n1/status", { status: { conditions } });

    expect(await eventually(async () => !(await specOf()).includes("unreachable"))).toBeTruthy();
  });

  test("that is gone takes its pods with it, after a while", async () => {
    const { api } = await startPlane({ timings: { podGarbage: 100 } });
    await api.post(PODS, gpuPod("a", { nodeName: "gone" }));

    expect(
      await eventually(async () => (await api.request("GET", `${PODS}/a`)).status === 404),
    ).toBeTruthy();
  });
});
