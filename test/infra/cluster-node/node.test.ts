import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { nodeClaim, servingPod, tuningPod } from "./support/kaito-objects.ts";
import { type Lab, ROWS, startLab } from "./support/lab.ts";
import { isReady, runPod, until, untilPod, viewPod } from "./support/pods.ts";
import { ask } from "./support/talk.ts";

describe("the node", () => {
  let lab: Lab;

  beforeEach(async () => {
    lab = await startLab();
  });

  afterEach(async () => {
    await lab.stop();
  });

  test("is made for a NodeClaim, with its labels, taints and GPUs", async () => {
    lab.api.create("nodeclaims", nodeClaim("big", "Standard_NC48ads_A100_v4"));

    const claim = await until("claim", () => {
      const found = lab.api.get("nodeclaims", undefined, "ws-big");
      const status = found?.["status"] as { nodeName?: string } | undefined;
      return status?.nodeName !== undefined && found;
    });
    const node = lab.api.get("nodes", undefined, "fake-gpu-ws-big");
    expect(claim?.["status"]).toMatchObject({
      nodeName: "fake-gpu-ws-big",
      conditions: ["Launched", "Registered", "Initialized", "Ready"].map((type) => ({
        type,
        status: "True",
      })),
    });
    expect(node).toMatchObject({
      metadata: {
        labels: {
          apps: "big",
          "kaito.sh/workspace": "big",
          "node.kubernetes.io/instance-type": "Standard_NC48ads_A100_v4",
        },
      },
      spec: { taints: [{ key: "sku", value: "gpu", effect: "NoSchedule" }] },
      status: {
        capacity: { "nvidia.com/gpu": "2" },
        daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
        addresses: [
          { type: "InternalIP", address: expect.stringMatching(/^10\.87\.\d+\.\d+$/) },
          { type: "Hostname" },
        ],
        conditions: [{ type: "Ready", status: "True" }],
      },
    });
  });

  test("is never made for a size that does not exist", async () => {
    lab.api.create("nodeclaims", nodeClaim("typo", "Standard_NC24ads_A1000_v4"));

    const status = await until("status", () => {
      const claim = lab.api.get("nodeclaims", undefined, "ws-typo");
      return claim?.["status"] as object | undefined;
    });

    expect(JSON.stringify(status)).toContain("no instance type 'Standard_NC24ads_A1000_v4'");
    expect(lab.api.list("nodes")).toEqual([]);
  });

  test("goes with its claim, and its pods with it", async () => {
    runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
    const { podIP } = await untilPod(lab.api, "serve-0", isReady);

    lab.api.remove("nodeclaims", undefined, "ws-serve");

    await until("claim to go", () => lab.api.list("nodeclaims").length === 0);
    expect(lab.api.list("nodes")).toEqual([]);
    expect(lab.api.list("pods")).toEqual([]);
    await expect(lab.node.dial(podIP, 5000)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("keeps renewing its Ready condition", async () => {
    lab.api.create("nodeclaims", nodeClaim("alive"));
    const heartbeat = () =>
      lab.api.get("nodes", undefined, "fake-gpu-ws-alive")?.metadata.resourceVersion;
    await until("node", () => JSON.stringify(lab.api.list("nodes")).includes('"Ready"'));
    const first = heartbeat();

    await until("heartbeat", () => heartbeat() !== first);

    expect(lab.api.list("nodes")).toHaveLength(1);
  });

  test("runs pods that had not ended again after it was started again", async () => {
    runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
    await untilPod(lab.api, "serve-0", isReady);
    const dataUrl = lab.serve("train.jsonl", JSON.stringify(ROWS[0]));
    const image = lab.image("tune");
    runPod(lab.api, "tune", tuningPod({ workspace: "tune", dataUrl, image }));
    await untilPod(lab.api, "tune-x1", (pod) => pod.container("tune").state.running !== undefined);

    await lab.restartNode();

    await untilPod(lab.api, "tune-x1", ({ phase }) => phase === "Succeeded");
    const models = await until("serving again", () => {
      const pod = viewPod(lab.api, "serve-0");
      return ask(lab.node, pod?.podIP ?? "", 5000, "/v1/models").catch(() => undefined);
    });
    expect(lab.registry.manifests.has("tune")).toBe(true);
    expect(models.status).toBe(200);
  });

  test("removes nodes whose claim went while it was away", async () => {
    lab.api.create("nodeclaims", nodeClaim("gone"));
    await until("node", () => lab.api.list("nodes").length === 1);
    await lab.node.stop();
    const claim = lab.api.get("nodeclaims", undefined, "ws-gone");
    if (claim) claim.metadata.finalizers = [];
    lab.api.remove("nodeclaims", undefined, "ws-gone");

    await lab.restartNode();

    await until("node to go", () => lab.api.list("nodes").length === 0);
    expect(lab.api.list("nodeclaims")).toEqual([]);
  });

  test("goes on when every connection to the API breaks", async () => {
    runPod(lab.api, "before", servingPod({ workspace: "before" }));
    await untilPod(lab.api, "before-0", isReady);

    lab.api.dropConnections();
    runPod(lab.api, "after", servingPod({ workspace: "after" }));

    await untilPod(lab.api, "after-0", isReady);
    lab.api.remove("pods", "ml", "before-0");
    await until("deletion", () => lab.api.get("pods", "ml", "before-0") === undefined);
    const left = lab.api.list("pods").map(({ metadata }) => metadata.name);
    expect(left).toEqual(["after-0"]);
  });

  test("never writes the status of one pod into another of the same name", async () => {
    runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
    const { uid } = await untilPod(lab.api, "serve-0", isReady);

    lab.api.remove("pods", "ml", "serve-0", 0);
    lab.api.create("pods", servingPod({ workspace: "serve" }));

    const pod = await untilPod(lab.api, "serve-0", (each) => each.uid !== uid && isReady(each));
    expect(pod.container("serve").restartCount).toBe(0);
  });

  test("refuses images of containers that KAITO does not make", async () => {
    const pod = servingPod({ workspace: "strange" });
    const spec = { ...(pod["spec"] as object), containers: [{ name: "web", image: "nginx" }] };

    runPod(lab.api, "strange", { ...pod, spec });

    const seen = await untilPod(
      lab.api,
      "strange-0",
      (each) => each.container("web").state.waiting?.reason === "ImagePullBackOff",
    );
    expect(JSON.stringify(seen.container("web").state)).toContain("no program for this container");
  });
});
