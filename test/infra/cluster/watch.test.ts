import { makeInformer, type V1ConfigMap, CoreV1Api } from "@kubernetes/client-node";
import { describe, expect, onTestFinished, test } from "vitest";

import { eventually } from "./support/eventually.ts";
import { startPlane } from "./support/plane.ts";
import { connect, record } from "./support/watch.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";

describe("a watch", () => {
  test("tells what is there, and then every change in order", async () => {
    const plane = await startPlane();
    const { api } = plane;
    await api.post(MAPS, { metadata: { name: "a" } });

    const seen = await record(plane, MAPS);
    await api.patch(`${MAPS}/a`, { data: { k: "1" } });
    await api.request("DELETE", `${MAPS}/a`);
    await eventually(async () => seen.length === 3);

    expect(seen.map(({ type }) => type)).toEqual(["ADDED", "MODIFIED", "DELETED"]);
    const revisions = seen.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(revisions).toEqual(revisions.toSorted((left, right) => left - right));
  });

  test("goes on after a resource version without a gap", async () => {
    const plane = await startPlane();
    const { api } = plane;
    const { metadata } = await api.get(MAPS);
    await api.post(MAPS, { metadata: { name: "between" } });

    const seen = await record(plane, MAPS, { resourceVersion: metadata.resourceVersion });

    await eventually(async () => seen.length === 1);
    expect(seen[0]).toMatchObject({ type: "ADDED", object: { metadata: { name: "between" } } });
  });

  test("says DELETED when an object leaves its selector, and ADDED when it enters", async () => {
    const plane = await startPlane();
    const { api } = plane;
    await api.post(MAPS, { metadata: { name: "a" } });
    const seen = await record(plane, MAPS, { labelSelector: "app=x" });

    await api.patch(`${MAPS}/a`, { metadata: { labels: { app: "x" } } });
    await api.patch(`${MAPS}/a`, { metadata: { labels: { app: "y" } } });

    await eventually(async () => seen.length === 2);
    expect(seen.map(({ type }) => type)).toEqual(["ADDED", "DELETED"]);
  });

  test("that asks for a revision nobody remembers is told 410", async () => {
    const plane = await startPlane();

    const { text } = await plane.api.request("GET", `${MAPS}?watch=true&resourceVersion=999999`);

    expect(JSON.parse(text)).toMatchObject({
      type: "ERROR",
      object: { kind: "Status", code: 410, reason: "Expired" },
    });
  });

  test("sends the first list and a bookmark to those who ask for it, and ends when its time is up", async () => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a" } });

    const query = "watch=true&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true";
    const { text } = await api.request("GET", `${MAPS}?${query}`);

    const [added, bookmark] = text.trim().split("\n");
    expect(JSON.parse(added ?? "")).toMatchObject({ type: "ADDED" });
    expect(JSON.parse(bookmark ?? "")).toMatchObject({
      type: "BOOKMARK",
      object: { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } },
    });
  });

  test("feeds the informer of the official client", async () => {
    const plane = await startPlane();
    const config = connect(plane);
    const core = config.makeApiClient(CoreV1Api);
    const informer = makeInformer<V1ConfigMap>(config, MAPS, () =>
      core.listNamespacedConfigMap({ namespace: "ml" }),
    );
    const names = new Set<string | undefined>();
    informer.on("add", ({ metadata }) => names.add(metadata?.name));
    informer.on("delete", ({ metadata }) => names.delete(metadata?.name));
    await informer.start();
    onTestFinished(() => informer.stop());

    await plane.api.post(MAPS, { metadata: { name: "a" } });
    await eventually(async () => names.has("a"));
    await plane.api.request("DELETE", `${MAPS}/a`);

    expect(await eventually(async () => !names.has("a"))).toBeTruthy();
  });
});
