import { describe, expect, test } from "vitest";

import { ServingObservation } from "../../../shared/domain/observation.ts";
import { judgeServing, servingGapSeconds } from "../../../shared/domain/serving-verdict.ts";

const NEW = "registry/adapters/support@sha256:2";
const OLD = "registry/adapters/support@sha256:1";

const workspace = {
  resourceVersion: "1",
  hash: "h2",
  revision: "2",
  adapters: [{ name: "support", image: NEW }],
  conditions: [
    { type: "InferenceReady", status: "True" },
    { type: "ResourceReady", status: "True" },
  ],
  state: "Ready",
};
const statefulSet = {
  revision: "2",
  generation: 2,
  observedGeneration: 2,
  replicas: 1,
  readyReplicas: 1,
  updatedReplicas: 1,
  currentRevision: "a",
  updateRevision: "a",
  pulls: [NEW],
};

function judge(seen: object, oldHash: string | undefined = "h1") {
  const observation = ServingObservation.parse({ workspace, statefulSet, pods: [], ...seen });
  return judgeServing(observation, { image: NEW, oldHash });
}

function pod(container: object = {}, more: object = {}) {
  return {
    name: "support-blue-0",
    phase: "Running",
    createdAt: "",
    deleting: false,
    nodeName: "gpu-2",
    containers: [
      { name: "support-blue", init: false, state: "running", restartCount: 0, ...container },
    ],
    ...more,
  };
}

const notReady = { statefulSet: { ...statefulSet, readyReplicas: 0 } };

describe("judgeServing", () => {
  test("is live when every step of the recipe holds", () => {
    expect(judge({})).toEqual({ kind: "live" });
  });

  test("is live without a state, which KAITO before 0.9 does not write", () => {
    expect(judge({ workspace: { ...workspace, state: undefined } })).toEqual({ kind: "live" });
  });

  test("is live when nothing had to change and so no hash is to be waited for", () => {
    expect(
      judgeServing(ServingObservation.parse({ workspace, statefulSet, pods: [] }), { image: NEW }),
    ).toEqual({
      kind: "live",
    });
  });

  // Each row is a moment recorded on a real controller at which a shorter recipe says "live".
  test.each`
    moment                                                 | seen
    ${"right after the patch: all Ready, old hash"}        | ${{ workspace: { ...workspace, hash: "h1" } }}
    ${"the StatefulSet has the old revision"}              | ${{ statefulSet: { ...statefulSet, revision: "1" } }}
    ${"revisions agree, the template has the old adapter"} | ${{ statefulSet: { ...statefulSet, pulls: [OLD] } }}
    ${"the StatefulSet has not seen its new generation"}   | ${{ statefulSet: { ...statefulSet, observedGeneration: 1 } }}
    ${"no replica is updated"}                             | ${{ statefulSet: { ...statefulSet, updateRevision: "b", updatedReplicas: 0 } }}
    ${"no replica is ready"}                               | ${notReady}
    ${"KAITO says NotReady"}                               | ${{ workspace: { ...workspace, state: "NotReady" } }}
    ${"InferenceReady is False"}                           | ${{ workspace: { ...workspace, conditions: [] } }}
  `("is pending when $moment", ({ seen }) => {
    expect(judge(seen as object)).toMatchObject({ kind: "pending" });
  });

  test("is live when all replicas are updated although the set keeps its old revision's name", () => {
    const set = { ...statefulSet, updateRevision: "b", currentRevision: "a" };

    expect(judge({ statefulSet: set })).toEqual({ kind: "live" });
  });

  test.each`
    what                       | seen
    ${"the Workspace is gone"} | ${{ workspace: undefined }}
    ${"the adapter differs"}   | ${{ workspace: { ...workspace, adapters: [{ name: "support", image: OLD }] } }}
  `("fails when $what", ({ seen }) => {
    expect(judge(seen as object)).toMatchObject({
      kind: "failed",
      failure: { code: "WORKSPACE_CHANGED" },
    });
  });

  test("names the lack of a node while there is no StatefulSet", () => {
    const conditions = [{ type: "NodeClaimReady", status: "False", message: "no quota" }];

    expect(judge({ statefulSet: undefined, workspace: { ...workspace, conditions } })).toEqual({
      kind: "pending",
      stage: "waiting for a GPU node",
      concern: {
        code: "CAPACITY_UNAVAILABLE",
        message: 'no GPU node came: NodeClaimReady says "no quota"',
      },
    });
  });

  test.each`
    pods                                             | stage
    ${[]}                                            | ${"waiting for the new pod"}
    ${[pod({}, { deleting: true })]}                 | ${"waiting for the new pod"}
    ${[pod({}, { nodeName: undefined })]}            | ${"waiting for a GPU node"}
    ${[pod()]}                                       | ${"loading the model"}
    ${[pod({ name: "puller-support", init: true })]} | ${"pulling the adapter"}
    ${[pod({ state: "terminated", exitCode: 0 })]}   | ${"loading the model"}
    ${[pod({ restartCount: 1 })]}                    | ${"loading the model"}
  `("says '$stage'", ({ pods, stage }) => {
    expect(judge({ ...notReady, pods: pods as object[] })).toMatchObject({
      kind: "pending",
      stage,
    });
  });

  test.each`
    container                                                                                 | message
    ${{ state: "waiting", reason: "CrashLoopBackOff", lastExitCode: 1, lastReason: "Error" }} | ${"Container support-blue of support-blue-0 keeps crashing (exit code 1, Error)"}
    ${{ state: "waiting", reason: "CrashLoopBackOff" }}                                       | ${"Container support-blue of support-blue-0 keeps crashing"}
    ${{ state: "terminated", exitCode: 3 }}                                                   | ${"Container support-blue of support-blue-0 keeps crashing (exit code 3)"}
    ${{ state: "running", restartCount: 2, lastExitCode: 1 }}                                 | ${"Container support-blue of support-blue-0 keeps crashing (exit code 1)"}
  `("is concerned for a container that is $container", ({ container, message }) => {
    expect(judge({ ...notReady, pods: [pod(container as object)] })).toMatchObject({
      concern: { code: "ROLLOUT_FAILED", message },
    });
  });

  test("is concerned for an image that cannot be pulled", () => {
    const stuck = pod({ state: "waiting", reason: "ImagePullBackOff" });

    expect(judge({ ...notReady, pods: [stuck] })).toMatchObject({
      concern: { code: "IMAGE_PULL_FAILED" },
    });
  });

  test("is not concerned for a container that waits for its turn", () => {
    const waiting = pod({ state: "waiting", reason: "PodInitializing" });

    expect(judge({ ...notReady, pods: [waiting] })).toEqual({
      kind: "pending",
      stage: "loading the model",
    });
  });
});

describe("servingGapSeconds", () => {
  test("is the time between the old pod's end and the new pod's Ready", () => {
    expect(servingGapSeconds("2026-01-01T00:00:00Z", "2026-01-01T00:00:42Z")).toBe(42);
  });

  test("is never negative, whatever the clocks say", () => {
    expect(servingGapSeconds("2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z")).toBe(0);
  });
});
