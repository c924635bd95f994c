import { describe, expect, test } from "vitest";

import { TuningObservation } from "../../../shared/domain/observation.ts";
import { judgeTuning } from "../../../shared/domain/tuning-verdict.ts";

const RUN = "support-7";
const TRAINER = "rf-support-7";

const workspace = { createdAt: "2026-01-01T00:00:00Z", deleting: false, conditions: [] };
const job = { createdAt: "", deleting: false, complete: false, active: 1, failedPods: 0 };

interface PodParts {
  readonly containers?: Record<string, object>;
  readonly nodeName?: string | undefined;
  readonly reason?: string;
}

function pod({ containers = {}, nodeName = "gpu-1", reason }: PodParts = {}) {
  return {
    name: "p",
    phase: "Running",
    createdAt: "",
    deleting: false,
    nodeName,
    reason,
    containers: Object.entries(containers).map(([name, state]) => ({
      name,
      init: name.includes("downloader"),
      state: "terminated",
      restartCount: 0,
      ...state,
    })),
  };
}

function judge(seen: object) {
  return judgeTuning(RUN, TuningObservation.parse({ workspace, job, ...seen }));
}

describe("judgeTuning", () => {
  test("a complete Job is a success", () => {
    expect(judge({ job: { ...job, complete: true } })).toEqual({ kind: "succeeded" });
  });

  test("a pusher that ended with 0 is a success, although `pause` keeps the Job active", () => {
    const containers = { [TRAINER]: { exitCode: 0 }, pusher: { exitCode: 0 } };

    expect(judge({ pod: pod({ containers }) })).toEqual({ kind: "succeeded" });
  });

  test.each([
    ["gone", undefined],
    ["being deleted", { ...workspace, deleting: true }],
  ])("a Workspace that is %s was deleted by somebody else", (_, found) => {
    expect(judge({ workspace: found })).toMatchObject({
      kind: "failed",
      failure: { code: "WORKSPACE_CHANGED" },
    });
  });

  test.each`
    container            | state                                     | code                      | message
    ${"data-downloader"} | ${{ exitCode: 1, reason: "Error" }}       | ${"DATA_DOWNLOAD_FAILED"} | ${"The dataset could not be downloaded (exit code 1)"}
    ${TRAINER}           | ${{ exitCode: 1, reason: "Error" }}       | ${"TRAINING_CRASHED"}     | ${"The trainer stopped (exit code 1)"}
    ${TRAINER}           | ${{ exitCode: 2, message: "bad key" }}    | ${"TRAINING_CRASHED"}     | ${"The trainer stopped (exit code 2): bad key"}
    ${TRAINER}           | ${{ exitCode: 137, reason: "OOMKilled" }} | ${"OUT_OF_MEMORY"}        | ${"The trainer was killed for memory (exit code 137, OOMKilled)"}
    ${TRAINER}           | ${{ exitCode: 1, reason: "OOMKilled" }}   | ${"OUT_OF_MEMORY"}        | ${"The trainer was killed for memory (exit code 1, OOMKilled)"}
    ${TRAINER}           | ${{ exitCode: 137, reason: "Error" }}     | ${"OUT_OF_MEMORY"}        | ${"The trainer was killed for memory (exit code 137)"}
    ${"pusher"}          | ${{ exitCode: 1, reason: "Error" }}       | ${"PUSH_FAILED"}          | ${"The adapter could not be pushed (exit code 1)"}
  `("$container ended with $state is $code", ({ container, state, code, message }) => {
    const containers = { [String(container)]: state as object };

    expect(judge({ pod: pod({ containers }) })).toEqual({
      kind: "failed",
      failure: { code, message },
    });
  });

  test.each`
    reason                    | code
    ${"DeadlineExceeded"}     | ${"TUNING_TIMEOUT"}
    ${"BackoffLimitExceeded"} | ${"TRAINING_CRASHED"}
  `("a Job that failed for $reason is $code", ({ reason, code }) => {
    const failed = { ...job, failed: { reason, message: "no" } };

    expect(judge({ job: failed })).toMatchObject({ kind: "failed", failure: { code } });
  });

  test("a lost pod is tried again by the Job, a third one is not waited for", () => {
    expect(judge({ job: { ...job, failedPods: 2 }, pod: pod() })).toMatchObject({
      kind: "pending",
    });
    expect(judge({ job: { ...job, failedPods: 3 } })).toEqual({
      kind: "failed",
      failure: { code: "NODE_LOST", message: "3 pods of the tuning were lost" },
    });
    expect(
      judge({ job: { ...job, failedPods: 3 }, pod: pod({ reason: "Evicted" }) }),
    ).toMatchObject({
      failure: { message: "3 pods of the tuning were lost, the last one as Evicted" },
    });
  });

  test("no pod yet is a concern for capacity, with what KAITO says about the node", () => {
    const conditions = [
      { type: "NodeClaimReady", status: "True", message: "fine" },
      { type: "ResourceReady", status: "False", message: "quota is used up" },
    ];

    expect(judge({ job: undefined, workspace: { ...workspace, conditions } })).toEqual({
      kind: "pending",
      stage: "waiting for a GPU node",
      concern: {
        code: "CAPACITY_UNAVAILABLE",
        message: 'no GPU node came: ResourceReady says "quota is used up"',
      },
    });
  });

  test("a pod that no node takes is a concern for capacity", () => {
    const unscheduled = { ...pod(), nodeName: undefined };

    expect(judge({ pod: unscheduled })).toMatchObject({
      concern: { code: "CAPACITY_UNAVAILABLE", message: "no node takes the pod" },
    });
  });

  test.each`
    message        | text
    ${"not found"} | ${"The image of container pusher cannot be pulled (ErrImagePull): not found"}
    ${undefined}   | ${"The image of container pusher cannot be pulled (ErrImagePull)"}
  `("an image that cannot be pulled is a concern ($message)", ({ message, text }) => {
    const containers = { pusher: { state: "waiting", reason: "ErrImagePull", message } };

    expect(judge({ pod: pod({ containers }) })).toEqual({
      kind: "pending",
      stage: "pulling images",
      concern: { code: "IMAGE_PULL_FAILED", message: text },
    });
  });

  test.each`
    containers                                        | stage
    ${{}}                                             | ${"starting"}
    ${{ "model-weights-downloader": "running" }}      | ${"downloading the model"}
    ${{ "data-downloader": "running" }}               | ${"downloading the dataset"}
    ${{ [TRAINER]: "running", pusher: "running" }}    | ${"training"}
    ${{ [TRAINER]: "terminated", pusher: "running" }} | ${"pushing the adapter"}
    ${{ [TRAINER]: "waiting", pusher: "waiting" }}    | ${"starting"}
  `("$containers is $stage", ({ containers, stage }) => {
    const states = Object.fromEntries(
      Object.entries(containers as Record<string, string>).map(([name, state]) => [
        name,
        { state, ...(state === "terminated" && { exitCode: 0 }) },
      ]),
    );

    expect(judge({ pod: pod({ containers: states }) })).toEqual({ kind: "pending", stage });
  });
});
