import { describe, expect, test } from "vitest";

import { eventually } from "./support/eventually.ts";
import { startPlane } from "./support/plane.ts";
import { tuningWorkspace, WORKSPACES } from "./support/workspaces.ts";

const MAPS = "/api/v1/namespaces/ml/configmaps";

describe("a list", () => {
  test("comes in pages", async () => {
    const { api } = await startPlane();
    for (const name of ["a", "b", "c"]) await api.post(MAPS, { metadata: { name } });

    const first = await api.get(`${MAPS}?limit=2`);
    const token = encodeURIComponent(String(first.metadata["continue"]));
    const second = await api.items(`${MAPS}?limit=2&continue=${token}`);

    expect(first.metadata).toMatchObject({ remainingItemCount: 1 });
    expect(second.map(({ metadata }) => metadata.name)).toEqual(["c"]);
  });

  test.each([
    ["labelSelector=app%3Dx", ["a"]],
    ["labelSelector=app!%3Dx", ["b", "c"]],
    ["labelSelector=!app", ["c"]],
    ["labelSelector=app%20notin%20(x),app", ["b"]],
    ["fieldSelector=metadata.name%3Db", ["b"]],
    ["fieldSelector=metadata.name!%3Db", ["a", "c"]],
  ])("is narrowed by %s", async (query, names) => {
    const { api } = await startPlane();
    await api.post(MAPS, { metadata: { name: "a", labels: { app: "x" } } });
    await api.post(MAPS, { metadata: { name: "b", labels: { app: "y" } } });
    await api.post(MAPS, { metadata: { name: "c" } });

    const items = await api.items(`${MAPS}?${query}`);

    expect(items.map(({ metadata }) => metadata.name)).toEqual(names);
  });

  test.each(["fieldSelector=spec.color%3Dred", "labelSelector=%3D%3D", "continue=zzz", "limit=x"])(
    "refuses %s",
    async (query) => {
      const { api } = await startPlane();

      expect((await api.request("GET", `${MAPS}?${query}`)).status).toBe(400);
    },
  );

  test("of Workspaces is KAITO's table for kubectl", async () => {
    const { api } = await startPlane();
    await api.post(WORKSPACES, tuningWorkspace("t"));
    await eventually(async () => (await api.get(`${WORKSPACES}/t`))["status"] !== undefined);

    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
    const { body } = await api.request("GET", WORKSPACES, undefined, { accept });

    expect(body["columnDefinitions"]).toMatchObject(
      [
        "Name",
        "Instance",
        "ResourceReady",
        "InferenceReady",
        "JobStarted",
        "WorkspaceSucceeded",
        "TargetNodeCount",
        "State",
        "Age",
      ].map((name) => ({ name })),
    );
    const cells = ["t", "Standard_NC24ads_A100_v4", "False", "", "False", "False", 1, "Pending"];
    expect(body["rows"]).toMatchObject([{ cells: [...cells, expect.any(String)] }]);
  });
});

describe("a Workspace", () => {
  test("loses fields it does not have, with a warning; strictly, it is refused", async () => {
    const { api } = await startPlane();
    const workspace = { ...tuningWorkspace("t"), spec: {} };

    const strict = await api.request("POST", `${WORKSPACES}?fieldValidation=Strict`, workspace);
    const warned = await api.request("POST", WORKSPACES, workspace);

    expect(strict.status).toBe(400);
    expect(warned.status).toBe(201);
    expect(warned.headers["warning"]).toContain('unknown field \\"spec\\"');
    expect(warned.body).not.toHaveProperty("spec");
  });

  test("must be of the right types", async () => {
    const { api } = await startPlane();
    const workspace = tuningWorkspace("t", { method: 5 });

    const answer = await api.request("POST", WORKSPACES, workspace);

    expect(answer.status).toBe(422);
    expect(answer.body["message"]).toContain("tuning.method in body must be of type string");
  });
});
