import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { nodeClaim, servingPod, tuningPod } from "./support/kaito-objects.ts";
import { type Lab, ROWS, setFaults, startLab } from "./support/lab.ts";
import { isReady, runPod, until, untilPod, viewPod } from "./support/pods.ts";
import { readLog, untilLogged } from "./support/talk.ts";

const RULES = [
  { workspace: "no-node", fault: "node-never" },
  { workspace: "no-pull", fault: "image-pull-fails" },
  { workspace: "no-data", fault: "download-fails" },
  { workspace: "exits-?", fault: "trainer-exits", exitCode: 3 },
  { workspace: "no-memory", fault: "trainer-out-of-memory" },
  { workspace: "hangs", fault: "trainer-hangs" },
  { workspace: "slow", fault: "training-takes", seconds: 600 },
  { workspace: "no-push", fault: "push-refused" },
  { workspace: "evicted", fault: "pod-evicted-once" },
  { workspace: "bad-file", fault: "adapter-missing-file" },
  { workspace: "bad-rank", fault: "adapter-wrong-rank", rank: 64 },
  { workspace: "bad-layer", fault: "adapter-truncated-layer" },
  { workspace: "crash", fault: "serving-crash-loops", image: "*:bad-*" },
  { workspace: "unready", fault: "serving-never-ready" },
];

describe("faults from the cluster's ConfigMap", () => {
  let lab: Lab;
  let dataUrl: string;

  beforeAll(async () => {
    lab = await startLab();
    dataUrl = lab.serve("train.jsonl", ROWS.map((row) => JSON.stringify(row)).join("\n"));
    setFaults(lab.api, RULES);
  });

  afterAll(async () => {
    await lab.stop();
  });

  function tune(workspace: string): void {
    const image = lab.image(workspace);
    runPod(lab.api, workspace, tuningPod({ workspace, dataUrl, image }));
  }

  test("node-never leaves the NodeClaim without a Node and with a reason", async () => {
    lab.api.create("nodeclaims", nodeClaim("no-node"));

    const status = await until("status", () => {
      const claim = lab.api.get("nodeclaims", undefined, "ws-no-node");
      return claim?.["status"] as { conditions: object[]; nodeName?: string } | undefined;
    });
    expect(status.nodeName).toBeUndefined();
    expect(status.conditions).toContainEqual(
      expect.objectContaining({
        type: "Launched",
        status: "False",
        reason: "InsufficientCapacity",
      }),
    );
    expect(lab.api.get("nodes", undefined, "fake-gpu-ws-no-node")).toBeUndefined();
  });

  test("image-pull-fails keeps the main container in ImagePullBackOff and the pod Pending", async () => {
    tune("no-pull");

    const pod = await untilPod(
      lab.api,
      "no-pull-x1",
      (each) => each.container("no-pull").state.waiting?.reason === "ImagePullBackOff",
    );
    expect(pod.phase).toBe("Pending");
  });

  test("download-fails ends the pod in its init container", async () => {
    tune("no-data");

    const pod = await untilPod(lab.api, "no-data-x1", ({ phase }) => phase === "Failed");
    expect(pod.container("data-downloader").state.terminated).toMatchObject({ exitCode: 1 });
  });

  test.each([
    ["exits-a", { exitCode: 3, reason: "Error" }],
    ["no-memory", { exitCode: 137, reason: "OOMKilled" }],
  ])("the trainer of %s ends half-way, and the pod stays", async (workspace, end) => {
    tune(workspace);

    const pod = await untilPod(
      lab.api,
      `${workspace}-x1`,
      (each) => each.container(workspace).state.terminated !== undefined,
    );
    expect(pod.container(workspace).state.terminated).toMatchObject(end);
    expect(pod.phase).toBe("Running");
    expect(isReady(pod)).toBe(false);
  });

  test.each(["hangs", "slow"])(
    "the trainer of %s ends within seconds of a delete",
    async (name) => {
      tune(name);
      await untilPod(
        lab.api,
        `${name}-x1`,
        (pod) => pod.container(name).state.running !== undefined,
      );

      lab.api.remove("pods", "ml", `${name}-x1`);

      await until("deletion", () => lab.api.get("pods", "ml", `${name}-x1`) === undefined);
      expect(lab.registry.manifests.has(name)).toBe(false);
    },
  );

  test("push-refused ends the pusher with the registry's error and leaves pause running", async () => {
    tune("no-push");

    const pod = await untilPod(
      lab.api,
      "no-push-x1",
      (each) => each.container("pusher").state.terminated !== undefined,
    );
    expect(pod.container("pusher").state.terminated).toMatchObject({ exitCode: 1 });
    expect(pod.container("pause").state.running).toBeDefined();
    expect(pod.phase).toBe("Running");
    expect(await readLog(lab, "no-push-x1", "pusher")).toContain("status code 403: denied");
    expect(lab.registry.manifests.has("no-push")).toBe(false);
  });

  test("pod-evicted-once fails the first pod of a Workspace only", async () => {
    const pod = tuningPod({ workspace: "evicted", dataUrl, image: lab.image("evicted") });
    runPod(lab.api, "evicted", pod);
    const first = await untilPod(lab.api, "evicted-x1", ({ phase }) => phase === "Failed");

    lab.api.create("pods", { ...pod, metadata: { ...pod.metadata, name: "evicted-x2" } });

    expect(first.reason).toBe("Evicted");
    await untilPod(lab.api, "evicted-x2", ({ phase }) => phase === "Succeeded");
  });

  test.each([
    ["bad-file", "doesn't contain tensors", "bad-file-serves"],
    ["bad-rank", "LoRA rank 64 is greater than max_lora_rank 16", "bad-rank-serves"],
    ["bad-layer", "unexpected end of file", "puller-support"],
  ])("%s pushes an adapter that cannot be served", async (workspace, complaint, container) => {
    tune(workspace);
    await untilPod(lab.api, `${workspace}-x1`, ({ phase }) => phase === "Succeeded");

    const serving = `${workspace}-serves`;
    const adapters = { support: lab.image(workspace) };
    runPod(lab.api, serving, servingPod({ workspace: serving, adapters }));

    await untilPod(
      lab.api,
      `${serving}-0`,
      (pod) => pod.container(container).state.waiting?.reason === "CrashLoopBackOff",
    );
    const log = await untilLogged(lab, `${serving}-0`, container, complaint);
    expect(log).toContain(complaint);
  });

  test("serving-crash-loops hits only pods with the adapter image that the rule names", async () => {
    tune("good");
    tune("bad-new");
    await untilPod(lab.api, "good-x1", ({ phase }) => phase === "Succeeded");
    await untilPod(lab.api, "bad-new-x1", ({ phase }) => phase === "Succeeded");
    const old = servingPod({ workspace: "crash", adapters: { support: lab.image("good") } });
    runPod(lab.api, "crash", old);
    await untilPod(lab.api, "crash-0", isReady);

    // A StatefulSet replaces its pod under the same name.
    lab.api.remove("pods", "ml", "crash-0");
    await until("deletion", () => lab.api.get("pods", "ml", "crash-0") === undefined);
    lab.api.create(
      "pods",
      servingPod({ workspace: "crash", adapters: { support: lab.image("bad-new") } }),
    );

    const pod = await untilPod(
      lab.api,
      "crash-0",
      (each) => each.container("crash").state.waiting?.reason === "CrashLoopBackOff",
    );
    expect(isReady(pod)).toBe(false);
    expect(pod.container("crash").restartCount).toBeGreaterThanOrEqual(1);
  });

  test("serving-never-ready answers, but not to the readiness probe", async () => {
    runPod(lab.api, "unready", servingPod({ workspace: "unready" }));
    await untilPod(lab.api, "unready-0", ({ phase }) => phase === "Running");

    await untilLogged(lab, "unready-0", "unready", "Uvicorn running");

    const pod = viewPod(lab.api, "unready-0");
    expect(pod && isReady(pod)).toBe(false);
    expect(pod?.container("unready").restartCount).toBe(0);
  });
});

describe("rules that change", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startLab();
  });

  afterAll(async () => {
    await lab.stop();
  });

  test("node-lost stops heartbeats and status writes until the rule goes", async () => {
    runPod(lab.api, "serve", servingPod({ workspace: "serve" }));
    const { podIP } = await untilPod(lab.api, "serve-0", isReady);

    setFaults(lab.api, [{ workspace: "serve", fault: "node-lost" }]);
    await until("cut", async () => {
      const dialled = await lab.node.dial(podIP, 5000).catch(() => undefined);
      dialled?.destroy();
      return dialled === undefined;
    });
    lab.api.remove("pods", "ml", "serve-0");
    const beats = lab.api.get("nodes", undefined, "fake-gpu-ws-serve")?.metadata.resourceVersion;
    const other = servingPod({ workspace: "other" });
    runPod(lab.api, "other", other);
    await untilPod(lab.api, "other-0", isReady);

    expect(viewPod(lab.api, "serve-0")).toBeDefined();
    expect(lab.api.get("nodes", undefined, "fake-gpu-ws-serve")?.metadata.resourceVersion).toBe(
      beats,
    );
    setFaults(lab.api, []);
    await until("deletion", () => lab.api.get("pods", "ml", "serve-0") === undefined);
  });

  test("a rule that is wrong is reported once and changes nothing", async () => {
    setFaults(lab.api, [{ workspace: "*", fault: "meteorite" }]);

    runPod(lab.api, "calm", servingPod({ workspace: "calm" }));
    await untilPod(lab.api, "calm-0", isReady);

    const complaints = lab.lines.filter((line) => line.includes("kube-system/fake-gpu-node"));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain("[0].fault");
  });
});
