import { describe, expect, test } from "vitest";

import { eventually } from "./support/eventually.ts";
import { startPlane } from "./support/plane.ts";
import { tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";
const PODS = "/api/v1/namespaces/ml/pods";

const pod = (name: string, changes: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "main", image: "x" }], ...changes },
});

describe("a deletion", () => {
  test("waits for finalizers", async () => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a", finalizers: ["example.com/wait"] } });

    await api.request("DELETE", `${MAPS}/a`);
    const waiting = await api.get(`${MAPS}/a`);
    await api.patch(`${MAPS}/a`, { metadata: { finalizers: [] } });

    expect(waiting.metadata.deletionTimestamp).toBeDefined();
    expect((await api.request("GET", `${MAPS}/a`)).status).toBe(404);
  });

  test("of a pod waits for its kubelet, unless it has none", async () => {
    const { api } = await startPlane();
    await api.post(PODS, pod("bound", { nodeName: "n" }));
    await api.post(PODS, pod("free"));

    const bound = await api.request("DELETE", `${PODS}/bound`);
    const free = await api.request("DELETE", `${PODS}/free`);

    expect([bound.status, free.status]).toEqual([200, 200]);
    expect(bound.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect((await api.request("GET", `${PODS}/free`)).status).toBe(404);
    await api.request("DELETE", `${PODS}/bound?gracePeriodSeconds=0`);
    expect((await api.request("GET", `${PODS}/bound`)).status).toBe(404);
  });

  test("refuses when the uid is another one", async () => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a" } });

    const answer = await api.request("DELETE", `${MAPS}/a`, { preconditions: { uid: "x" } });

    expect(answer.status).toBe(409);
  });

  test.each(["Background", "Foreground", "Orphan"])("%s: what belongs to it", async (policy) => {
    const { api } = await startPlane();
    const owner = await api.post(MAPS, { metadata: { name: "owner" } });
    const reference = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "owner",
      uid: owner.metadata.uid,
    };
    const ownerReferences = [{ ...reference, blockOwnerDeletion: true }];
    await api.post(MAPS, { metadata: { name: "child", ownerReferences } });

    await api.request("DELETE", `${MAPS}/owner?propagationPolicy=${policy}`);
    await eventually(async () => (await api.request("GET", `${MAPS}/owner`)).status === 404);

    const child = await eventually(async () => {
      const { status, body } = await api.request("GET", `${MAPS}/child`);
      return (policy === "Orphan" || status === 404) && { status, owners: body.metadata };
    });
    expect(child.status).toBe(policy === "Orphan" ? 200 : 404);
    expect(child.owners["ownerReferences"] ?? []).toEqual([]);
  });

  test("of a namespace empties it", async () => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a" } });
    await api.post(WORKSPACES, tuningWorkspace("t"));

    await api.request("DELETE", "/api/v1/namespaces/ml");

    await eventually(
      async () => (await api.request("GET", "/api/v1/namespaces/ml")).status === 404,
    );
    expect(await api.items("/api/v1/configmaps?fieldSelector=metadata.namespace=ml")).toEqual([]);
  });
});
