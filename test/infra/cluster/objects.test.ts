import { ApiException, CoreV1Api, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";

import { startPlane } from "./support/plane.ts";
import { connect, customObjects } from "./support/watch.ts";
import { inferenceWorkspace, WORKSPACES } from "./support/workspaces.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";
const PODS = "/api/v1/namespaces/ml/pods";

const pod = (name: string, changes: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "main", image: "x" }], ...changes },
});

describe("the official client", () => {
  test("creates, reads, patches, lists and deletes", async () => {
    const plane = await startPlane();
    const core = connect(plane).makeApiClient(CoreV1Api);
    const namespace = "ml";

    await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: "a", labels: { app: "x" } }, data: { k: "1" } },
    });
    await core.patchNamespacedConfigMap(
      { namespace, name: "a", body: [{ op: "replace", path: "/data/k", value: "2" }] },
      setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
    );
    const read = await core.readNamespacedConfigMap({ namespace, name: "a" });
    const list = await core.listNamespacedConfigMap({ namespace, labelSelector: "app in (x,y)" });
    await core.deleteNamespacedConfigMap({ namespace, name: "a" });

    expect(read.data).toEqual({ k: "2" });
    expect(list.items).toHaveLength(1);
    expect(read.metadata?.creationTimestamp).toBeInstanceOf(Date);
    const gone = core.readNamespacedConfigMap({ namespace, name: "a" });
    await expect(gone).rejects.toMatchObject({ code: 404 });
  });

  test("is told about a conflict when it writes what changed meanwhile", async () => {
    const plane = await startPlane();
    const custom = customObjects(plane);
    const where = {
      group: "kaito.sh",
      version: "v1beta1",
      plural: "workspaces",
      namespace: "ml",
    };
    const body = inferenceWorkspace("w");
    const created: unknown = await custom.createNamespacedCustomObject({ ...where, body });
    await plane.api.patch(`${WORKSPACES}/w`, { metadata: { labels: { other: "writer" } } });

    const late = custom.replaceNamespacedCustomObject({ ...where, name: "w", body: created });

    const error: unknown = await late.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiException);
    expect(error).toMatchObject({ code: 409 });
    expect(String(error)).toContain("the object has been modified");
  });
});

describe("an object", () => {
  test("needs its namespace", async () => {
    const { api } = await startPlane();

    const answer = await api.request("POST", "/api/v1/namespaces/none/configmaps", {
      metadata: { name: "a" },
    });

    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ message: 'namespaces "none" not found' });
  });

  test("counts a generation when what is wanted changes, and only then", async () => {
    const { api } = await startPlane();
    await api.post(PODS, pod("p"));

    const labelled = await api.patch(`${PODS}/p`, { metadata: { labels: { a: "b" } } });
    const status = await api.patch(`${PODS}/p/status`, { status: { phase: "Running" } });
    const wanted = await api.patch(`${PODS}/p`, { spec: { activeDeadlineSeconds: 5 } });

    expect(labelled.metadata.generation).toBe(1);
    expect(status.metadata.generation).toBe(1);
    expect(wanted.metadata.generation).toBe(2);
  });

  test("keeps its status out of ordinary writes, and the rest out of status writes", async () => {
    const { api } = await startPlane();
    await api.post(PODS, pod("p"));

    await api.patch(`${PODS}/p`, { status: { phase: "Failed" } });
    await api.patch(`${PODS}/p/status`, {
      spec: { nodeName: "x" },
      status: { phase: "Running" },
    });

    const read = await api.get(`${PODS}/p`);
    expect(read["status"]).toMatchObject({ phase: "Running" });
    expect(read["spec"]).not.toHaveProperty("nodeName");
  });

  test("is not written again when nothing changes", async () => {
    const { api } = await startPlane();
    const created = await api.post(MAPS, { metadata: { name: "a" }, data: { k: "1" } });

    const same = await api.patch(`${MAPS}/a`, { data: { k: "1" } });

    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  test("gets a name from generateName", async () => {
    const { api } = await startPlane();

    const { metadata } = await api.post(MAPS, { metadata: { generateName: "run-" } });

    expect(metadata.name).toMatch(/^run-[a-z0-9]{5}$/);
  });

  test("is only tried with dryRun", async () => {
    const { api } = await startPlane();

    await api.request("POST", `${MAPS}?dryRun=All`, { metadata: { name: "a" } });

    expect((await api.request("GET", `${MAPS}/a`)).status).toBe(404);
  });

  test("refuses another object's uid, as the kubelet asks for", async () => {
    const { api } = await startPlane();
    await api.post(PODS, pod("p"));

    const type = "application/merge-patch+json";
    const patch = { metadata: { uid: "another" }, status: { phase: "Running" } };
    const answer = await api.request("PATCH", `${PODS}/p/status`, patch, { type });

    expect(answer.status).toBe(409);
  });
});

describe("patches", () => {
  const types = {
    merge: "application/merge-patch+json",
    strategic: "application/strategic-merge-patch+json",
    json: "application/json-patch+json",
    apply: "application/apply-patch+yaml",
  };

  test("a strategic merge joins lists by name, and can remove from them", async () => {
    const { api } = await startPlane();
    const containers = [
      { name: "a", image: "1" },
      { name: "b", image: "1" },
    ];
    await api.post(PODS, pod("p", { containers }));

    const patch = {
      spec: {
        containers: [
          { name: "a", image: "2" },
          { name: "b", $patch: "delete" },
        ],
      },
    };
    const { body } = await api.request("PATCH", `${PODS}/p`, patch, { type: types.strategic });

    expect(body["spec"]).toMatchObject({ containers: [{ name: "a", image: "2" }] });
  });

  test("a custom resource takes no strategic merge", async () => {
    const { api } = await startPlane();
    await api.post(WORKSPACES, inferenceWorkspace("w"));

    const answer = await api.request("PATCH", `${WORKSPACES}/w`, {}, { type: types.strategic });

    expect(answer.status).toBe(415);
    expect(answer.body["message"]).toBe(
      "the body of the request was in an unknown format - accepted media types include: " +
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
    );
  });

  test("a server-side apply in YAML makes what is missing and merges what is there", async () => {
    const { api } = await startPlane();
    const path = `${MAPS}/a?fieldManager=me`;
    const yaml = (key: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {${key}: x}\n`;

    const made = await api.request("PATCH", path, yaml("one"), { type: types.apply });
    const merged = await api.request("PATCH", path, yaml("two"), { type: types.apply });

    expect([made.status, merged.status]).toEqual([201, 200]);
    expect(merged.body["data"]).toEqual({ one: "x", two: "x" });
  });

  test.each([
    [[{ op: "test", path: "/data/k", value: "other" }], 422],
    [[{ op: "remove", path: "/data/missing" }], 422],
    [[{ op: "replace", path: "/metadata/name", value: "b" }], 400],
    [{ op: "add" }, 400],
  ])("a JSON patch that does not apply is refused: %j", async (patch, status) => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a" }, data: { k: "1" } });

    const answer = await api.request("PATCH", `${MAPS}/a`, patch, { type: types.json });

    expect(answer.status).toBe(status);
    expect((await api.get(`${MAPS}/a`))["data"]).toEqual({ k: "1" });
  });

  test("a patch cannot reach the prototype of objects", async () => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a" }, data: { k: "1" } });

    const text = '{"data":{"k":"2"},"__proto__":{"polluted":true}}';
    await api.request("PATCH", `${MAPS}/a`, text, { type: types.merge });

    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});
