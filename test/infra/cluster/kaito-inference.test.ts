import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import type { ApiObject } from "./support/api-client.ts";
import { eventually } from "./support/eventually.ts";
import { revisionOrder, statefulSetOrder, workspaceOrder } from "./support/orders.ts";
import { startPlane } from "./support/plane.ts";
import { boundPod, letGo, provideNode, setPod } from "./support/scripted-node.ts";
import { record } from "./support/watch.ts";
import {
  adapter,
  imageOf,
  inferenceWorkspace,
  STATEFUL_SETS,
  WORKSPACES,
} from "./support/workspaces.ts";

const entries = z.array(z.looseObject({}));
const recorded = z
  .record(
    z.string(),
    z.object({
      workspace: entries,
      statefulSet: entries.default([]),
      revisions: z.array(z.string()).default([]),
    }),
  )
  .parse(
    JSON.parse(readFileSync(new URL("./fixtures/recorded-orders.json", import.meta.url), "utf8")),
  );

/** A serving Workspace that is Ready, and everything that was said about it. */
async function startServing(name: string, ...adapters: readonly string[]) {
  const plane = await startPlane();
  const { api } = plane;
  const workspaces = await record(plane, WORKSPACES);
  const sets = await record(plane, STATEFUL_SETS);
  await api.post(WORKSPACES, inferenceWorkspace(name, ...adapters));
  await provideNode(api, name);
  const pod = await boundPod(api, name);

  async function ready(which: ApiObject): Promise<void> {
    const before = statesOf().filter((state) => state === "Ready").length;
    await setPod(api, which, "Running", { [name]: "running" });
    await eventually(
      async () => statesOf().filter((state) => state === "Ready").length > before,
      "Ready",
    );
  }

  function statesOf(): unknown[] {
    return workspaceOrder(workspaces).map((each) => Reflect.get(each, "state"));
  }

  /** Lets the pod go that the change takes away. @returns the one that comes */
  async function roll(from: ApiObject): Promise<ApiObject> {
    await letGo(api, from);
    const next = await boundPod(api, name, from);
    await eventually(async () => statesOf().at(-1) === "NotReady", "NotReady");
    return next;
  }

  await ready(pod);
  return { api, pod, workspaces, sets, ready, roll };
}

const adapters = (...digits: readonly string[]) => ({
  inference: { adapters: digits.map(adapter) },
});

describe("an inference Workspace says what the real one said", () => {
  test("when its adapter is changed and changed back; the revision goes back too", async () => {
    const { api, pod, workspaces, sets, ready, roll } = await startServing("serve", "1");

    await api.patch(`${WORKSPACES}/serve`, adapters("2"));
    const second = await roll(pod);
    await ready(second);
    await api.patch(`${WORKSPACES}/serve`, adapters("1"));
    const third = await roll(second);
    await ready(third);

    const scenario = recorded["g-i-inference-adapter-change-rollback-delete"];
    expect(workspaceOrder(workspaces)).toEqual(scenario?.workspace);
    expect(statefulSetOrder(sets)).toEqual(scenario?.statefulSet);
    expect(revisionOrder(workspaces)).toEqual(scenario?.revisions);
  });

  test("when it gets its first adapter: a puller, and no --enable-lora", async () => {
    const { api, pod, workspaces, sets, ready, roll } = await startServing("serve0");

    await api.patch(`${WORKSPACES}/serve0`, adapters("1"));
    const second = await roll(pod);
    await ready(second);

    expect(workspaceOrder(workspaces)).toEqual(recorded["h-zero-to-one-adapter"]?.workspace);
    expect(statefulSetOrder(sets)).toEqual(recorded["h-zero-to-one-adapter"]?.statefulSet);
    const spec = JSON.stringify(second["spec"]);
    expect(spec).toContain(`IMG_REF='${imageOf("1")}'`);
    expect(spec).not.toContain("--enable-lora");
  });
});

describe("an inference Workspace", () => {
  test("is Ready with the new generation while the old pod still serves", async () => {
    const { api, pod, workspaces } = await startServing("serve", "1");

    await api.patch(`${WORKSPACES}/serve`, adapters("2"));
    await eventually(
      async () => (await api.get(`${STATEFUL_SETS}/serve`)).metadata.generation === 2,
    );

    const early = workspaces.find(({ object }) =>
      /"observedGeneration":3.*"state":"Ready"/.test(JSON.stringify(object["status"] ?? {})),
    );
    // Everything that a client may compare is of one revision, and it is the old one.
    expect(early?.object.metadata.annotations["workspace.kaito.io/revision"]).toBe("1");
    const [current] = await api.items("/api/v1/namespaces/ml/pods");
    expect(current?.metadata.uid).toBe(pod.metadata.uid);
  });

  test("has --enable-lora when it is made with an adapter, and its Services", async () => {
    const { api, pod } = await startServing("serve", "1");

    expect(JSON.stringify(pod["spec"])).toContain("--enable-lora");
    expect(pod["spec"]).toMatchObject({
      hostname: "serve-0",
      initContainers: [{ name: "puller-support" }],
      imagePullSecrets: [{ name: "pull" }],
    });
    expect(await api.items("/api/v1/namespaces/ml/services")).toMatchObject([
      {
        metadata: { name: "serve" },
        spec: {
          publishNotReadyAddresses: true,
          selector: { "statefulset.kubernetes.io/pod-name": "serve-0" },
        },
      },
      { metadata: { name: "serve-headless" }, spec: { clusterIP: "None" } },
    ]);
  });

  test("gets --enable-lora when its StatefulSet is deleted and made again", async () => {
    const { api, pod, roll, ready } = await startServing("serve0");
    await api.patch(`${WORKSPACES}/serve0`, adapters("1"));
    const second = await roll(pod);
    await ready(second);

    await api.request("DELETE", `${STATEFUL_SETS}/serve0`);
    await letGo(api, second);
    const third = await boundPod(api, "serve0", second);

    expect(JSON.stringify(third["spec"])).toContain("--enable-lora");
  });

  test("does nothing when the same adapters are written again", async () => {
    const { api, sets } = await startServing("serve", "1");
    const before = await api.get(`${WORKSPACES}/serve`);
    const events = sets.length;

    const after = await api.patch(`${WORKSPACES}/serve`, adapters("1"));

    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(sets).toHaveLength(events);
  });

  test("never gets a status when an adapter has no name, and can be deleted", async () => {
    const { api } = await startPlane();
    const workspace = inferenceWorkspace("wedged", "1");
    Reflect.deleteProperty(workspace.inference.adapters?.[0]?.source ?? {}, "name");

    await api.post(WORKSPACES, workspace);
    await api.post(WORKSPACES, inferenceWorkspace("other", "1"));
    await eventually(async () => (await api.get(`${WORKSPACES}/other`))["status"] !== undefined);

    const wedged = await api.get(`${WORKSPACES}/wedged`);
    expect(wedged["status"]).toBeUndefined();
    expect(wedged.metadata.finalizers).toEqual([]);
    await api.request("DELETE", `${WORKSPACES}/wedged`);
    expect((await api.request("GET", `${WORKSPACES}/wedged`)).status).toBe(404);
  });

  test.each([
    ["with a dot", "a.b", "must not contain dots"],
    ["of 32 characters and with a pull secret", "a".repeat(40), "no more than 63 characters"],
  ])("with an adapter name %s says what the API refused", async (_, name, why) => {
    const { api } = await startPlane();
    const workspace = inferenceWorkspace("serve", "1");
    Object.assign(workspace.inference.adapters?.[0]?.source ?? {}, { name });

    await api.post(WORKSPACES, workspace);
    await provideNode(api, "serve");

    const status = await eventually(async () => {
      const text = JSON.stringify((await api.get(`${WORKSPACES}/serve`))["status"] ?? {});
      return text.includes("last reconcile error") && text;
    });
    expect(status).toContain('StatefulSet.apps \\"serve\\" is invalid');
    expect(status).toContain(why);
  });

  test("names the crash of a container once a StatefulSet event lets it look", async () => {
    const { api, pod } = await startServing("serve", "1");

    await setPod(api, pod, "Running", { serve: "CrashLoopBackOff" });

    expect(
      await eventually(async () =>
        JSON.stringify((await api.get(`${WORKSPACES}/serve`))["status"]).includes(
          "ContainerCrashLoopBackOff",
        ),
      ),
    ).toBeTruthy();
  });

  test("with a name of 53 characters gets no pod, and only an event says why", async () => {
    const { api } = await startPlane();
    const name = "a".repeat(53);
    await api.post(WORKSPACES, inferenceWorkspace(name));
    await provideNode(api, name);

    const event = await eventually(async () => {
      const events = await api.items("/api/v1/namespaces/ml/events");
      return events.find((each) => each["reason"] === "FailedCreate");
    });

    expect(event["message"]).toContain("must be no more than 63 bytes");
  });
});
