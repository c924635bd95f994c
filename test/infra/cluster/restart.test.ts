import { readdirSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import {
  type ControlPlane,
  startControlPlane,
} from "../../../infra/local/cluster/start-control-plane.ts";
import { ApiClient } from "./support/api-client.ts";
import { eventually } from "./support/eventually.ts";
import { certificatesDirectory, temporaryDirectory } from "./support/plane.ts";
import { boundPod, provideNode, setPod } from "./support/scripted-node.ts";
import { JOBS, tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";

async function start(dataDirectory: string): Promise<{ plane: ControlPlane; api: ApiClient }> {
  const plane = await startControlPlane({
    dataDirectory,
    certificatesDirectory: await certificatesDirectory,
    kubeconfigFile: path.join(dataDirectory, "kubeconfig.yaml"),
  });
  return { plane, api: new ApiClient(plane.url, plane.caFile, plane.adminToken) };
}

describe("a stop and a start", () => {
  test("lose nothing: objects, revisions, the token", async () => {
    const directory = await temporaryDirectory();
    const first = await start(directory);
    await first.api.post("/api/v1/namespaces", { metadata: { name: "ml" } });
    const made = await first.api.post(MAPS, { metadata: { name: "a" }, data: { k: "1" } });
    await first.plane.stop();

    const second = await start(directory);
    const found = await second.api.get(`${MAPS}/a`);
    const next = await second.api.post(MAPS, { metadata: { name: "b" } });
    await second.plane.stop();

    expect(found).toEqual(made);
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(
      Number(made.metadata.resourceVersion),
    );
    expect(second.plane.adminToken).toBe(first.plane.adminToken);
  });

  test("in the middle of a tuning let it go on", async () => {
    const directory = await temporaryDirectory();
    const first = await start(directory);
    await first.api.post("/api/v1/namespaces", { metadata: { name: "ml" } });
    await first.api.post(WORKSPACES, tuningWorkspace("t"));
    await provideNode(first.api, "t");
    const pod = await boundPod(first.api, "t");
    await first.plane.stop();

    const second = await start(directory);
    await setPod(second.api, pod, "Succeeded", { t: 0, pusher: 0, pause: 0 });

    await eventually(async () => {
      const { status } = await second.api.get(`${WORKSPACES}/t`);
      return JSON.stringify(status).includes('"state":"Succeeded"');
    });
    expect(await second.api.items(JOBS)).toHaveLength(1);
    await second.plane.stop();
  });

  test("tell a watch from before that it must list again", async () => {
    const directory = await temporaryDirectory();
    const first = await start(directory);
    await first.plane.stop();
    const second = await start(directory);

    const { text } = await second.api.request("GET", "/api/v1/pods?watch=1&resourceVersion=1");
    await second.plane.stop();

    expect(text).toContain('"code":410');
    expect(readdirSync(directory)).toContain("cluster.sqlite");
  });
});
