import { expect, onTestFinished, test } from "vitest";

import { createKubeTuningCluster } from "../../shared/clients/kubernetes/kube-tuning-cluster.ts";
import { NAMESPACE, startScriptedApi } from "../support/cluster.ts";

const OBJECTS: Readonly<Record<string, unknown>> = {
  workspaces: {
    metadata: {
      name: "rf-a-1",
      creationTimestamp: "2026-09-01T10:00:00Z",
      deletionTimestamp: "2026-09-01T12:00:00Z",
    },
    status: {
      conditions: [
        { type: "JobStarted", status: "True", lastTransitionTime: "2026-09-01T10:00:00Z" },
        {
          type: "ResourceReady",
          status: "False",
          reason: "workspaceResourceStatusNotReady",
          message: "failed: Get https://app.example/api/datasets/capability/train.jsonl",
        },
      ],
    },
  },
  jobs: {
    metadata: { name: "rf-a-1", creationTimestamp: "2026-09-01T10:01:00Z" },
    status: {
      failed: 2,
      conditions: [
        { type: "Complete", status: "False" },
        { type: "Failed", status: "True", reason: "DeadlineExceeded", message: "too long" },
      ],
    },
  },
  pods: {
    items: [
      { metadata: { name: "rf-a-1-old", creationTimestamp: "2026-09-01T10:02:00Z" } },
      {
        metadata: { name: "rf-a-1-new", creationTimestamp: "2026-09-01T10:30:00Z" },
        spec: { nodeName: "gpu-1" },
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "False", lastTransitionTime: null }],
          initContainerStatuses: [
            {
              name: "data-downloader",
              restartCount: 1,
              state: {
                terminated: {
                  exitCode: 1,
                  reason: "Error",
                  message: "Failed to download http://app.example/capability after 3 attempts",
                },
              },
              lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } },
            },
          ],
          containerStatuses: [
            { name: "rf-a-1", restartCount: 0, state: { waiting: { reason: "ErrImagePull" } } },
            { name: "pusher", restartCount: 0, state: {} },
            { name: "pause", restartCount: 0, state: { running: { startedAt: "x" } } },
          ],
        },
      },
    ],
  },
};

test("a look takes the newest pod, and keeps no address of the dataset", async () => {
  const api = await startScriptedApi(({ path }) => {
    const kind = /\/(workspaces|jobs|pods)\b/.exec(path)?.[1] ?? "";
    return { status: 200, body: OBJECTS[kind] };
  });
  onTestFinished(() => api.stop());
  const cluster = createKubeTuningCluster({ ...api, namespace: NAMESPACE });

  const seen = await cluster.observe("rf-a-1");

  expect(seen).toEqual({
    workspace: {
      createdAt: "2026-09-01T10:00:00Z",
      deleting: true,
      conditions: [
        { type: "JobStarted", status: "True" },
        {
          type: "ResourceReady",
          status: "False",
          reason: "workspaceResourceStatusNotReady",
          message: "failed: Get https://app.example/...",
        },
      ],
    },
    job: {
      createdAt: "2026-09-01T10:01:00Z",
      deleting: false,
      complete: false,
      failed: { reason: "DeadlineExceeded", message: "too long" },
      active: 0,
      failedPods: 2,
    },
    pod: {
      name: "rf-a-1-new",
      phase: "Running",
      createdAt: "2026-09-01T10:30:00Z",
      deleting: false,
      nodeName: "gpu-1",
      containers: [
        {
          name: "data-downloader",
          init: true,
          restartCount: 1,
          state: "terminated",
          exitCode: 1,
          reason: "Error",
          message: "Failed to download http://app.example/... after 3 attempts",
          lastExitCode: 137,
          lastReason: "OOMKilled",
        },
        { name: "rf-a-1", init: false, restartCount: 0, state: "waiting", reason: "ErrImagePull" },
        { name: "pusher", init: false, restartCount: 0, state: "waiting" },
        { name: "pause", init: false, restartCount: 0, state: "running" },
      ],
    },
  });
});
