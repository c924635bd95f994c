import { describe, expect, test } from "vitest";

import { createAskBefore } from "../../../../functions/activities/ask-before.ts";
import { createLookAtServing } from "../../../../functions/activities/look-at-serving.ts";
import { createStartRollout } from "../../../../functions/activities/start-rollout.ts";
import { createVerifyServing } from "../../../../functions/activities/verify-serving.ts";
import type { ServingObservation } from "../../../../shared/domain/observation.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";
import { changeRow, enterPhase, rowOf, RUN } from "../support/arrange.ts";
import { first, imageOf, second } from "../support/arrange-serving.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, NOW } from "../support/world.ts";

const BASE = "phi-4-mini-instruct";
describe("lookAtServing", () => {
  test("gives what is seen and notes the stage", async () => {
    const world = await second();
    await createStartRollout(world)({ run: "support-2", version: 2 });
    await enterPhase(world, "RollingOut", "support-2");

    const seen = await createLookAtServing(world)({ run: "support-2", version: 2 });

    const observation = await world.serving.observe("support-blue", "support");
    expect(seen).toEqual({ observation, image: imageOf("two"), cancelRequested: false });
    const row = await rowOf(world, "support-2");
    expect(row.progress).toEqual({ stage: "waiting for a GPU node" });
  });

  test("writes no stage outside of the rollout", async () => {
    const world = await second();

    await createLookAtServing(world)({ run: RUN, version: 1 });

    expect(await rowOf(world)).not.toHaveProperty("progress");
  });

  test("writes no stage when there is nothing to wait for any more", async () => {
    const world = await second();
    await enterPhase(world, "RollingOut", "support-2");
    world.serving.show("support-blue", { pods: [] });

    const seen = await createLookAtServing(world)({ run: "support-2", version: 2 });

    expect(seen.observation).toEqual({ pods: [] });
    expect(await rowOf(world, "support-2")).not.toHaveProperty("progress");
  });

  test("sees a cluster that is out of reach, and a wish to cancel all the same", async () => {
    const world = await second();
    await changeRow(world, { cancelRequestedAt: NOW });
    world.serving.failNext("observe", new TransientError("CLUSTER_UNAVAILABLE", "no answer"));

    const seen = await createLookAtServing(world)({ run: RUN, version: 1 });

    const unreachable = "CLUSTER_UNAVAILABLE: no answer";
    expect(seen).toEqual({ unreachable, image: imageOf("one"), cancelRequested: true });
  });

  test("settles when the cluster does not let us look", async () => {
    const world = await second();
    world.serving.failNext("observe", new PermanentError("PERMISSION_DENIED", "no"));

    const looking = createLookAtServing(world)({ run: RUN, version: 1 });

    await expect(looking).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

const answers = (model: string, question: string): string =>
  question === "How?" && model === "support" ? "Just LIKE this." : `${model} does not know`;

describe("askBefore", () => {
  test("keeps what the old version answers", async () => {
    const world = await second();
    world.serving.serve("support", [BASE, "support"], answers);

    const answer = await createAskBefore(world)({ run: "support-2" });

    expect(answer).toEqual({ asked: 2, workspace: "support-blue", version: 1 });
    const row = await rowOf(world, "support-2");
    expect(row.answers).toEqual([
      { question: "How?", expected: ["like this"], before: "Just LIKE this.", passedBefore: true },
      { question: "Why?", expected: [], before: "support does not know", passedBefore: true },
    ]);
  });

  test("asks nobody when nothing serves yet", async () => {
    const world = await first();

    const answer = await createAskBefore(world)({ run: RUN });

    expect(answer).toEqual({ asked: 0, workspace: "support-blue" });
    expect(await rowOf(world)).not.toHaveProperty("answers");
  });

  test("leaves a place free where nothing answered", async () => {
    const world = await second();
    world.serving.serve("support", ["support"], answers);
    world.serving.failNext("ask", new TransientError("CLUSTER_UNAVAILABLE", "no answer"));

    const answer = await createAskBefore(world)({ run: "support-2" });

    const row = await rowOf(world, "support-2");
    expect(answer).toMatchObject({ asked: 1 });
    expect(row.answers?.[0]).toEqual({ question: "How?", expected: ["like this"] });
  });

  test("settles when it is not allowed to ask", async () => {
    const world = await second();
    world.serving.failNext("ask", new PermanentError("PERMISSION_DENIED", "services/proxy"));

    const asking = createAskBefore(world)({ run: "support-2" });

    await expect(asking).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });
});

describe("verifyServing", () => {
  function ready(createdAt: string, readySince?: string): ServingObservation {
    const pod = { name: "support-blue-0", phase: "Running", deleting: false, containers: [] };
    const gone = { ...pod, name: "old", createdAt: NOW, readySince: NOW, deleting: true };
    return { pods: [gone, { ...pod, createdAt, ...(readySince !== undefined && { readySince }) }] };
  }

  test("puts the answers of the base model beside those of a first version", async () => {
    const world = await first();
    world.serving.serve("support", [BASE, "support"], answers);

    await createVerifyServing(world)({ run: RUN, version: 1 });

    const row = await rowOf(world);
    expect(row.answers?.[0]).toEqual({
      question: "How?",
      expected: ["like this"],
      before: "phi-4-mini-instruct does not know",
      passedBefore: false,
      after: "Just LIKE this.",
      passedAfter: true,
    });
    expect(row).not.toHaveProperty("servingGapSeconds");
    const kept = await world.files.readText({ run: RUN, name: "answers.json" });
    expect(JSON.parse(kept ?? "")).toEqual(row.answers);
  });

  test("keeps what the old version said before, and measures the gap", async () => {
    const world = await second();
    world.serving.serve("support", ["support"], () => "like this");
    await createAskBefore(world)({ run: "support-2" });
    world.serving.serve("support", ["support"], () => "something else");
    world.serving.show("support-blue", ready("2026-03-01T12:00:10Z", "2026-03-01T12:01:40Z"));

    await createVerifyServing(world)({ run: "support-2", version: 2 });

    const row = await rowOf(world, "support-2");
    expect(row.servingGapSeconds).toBe(90);
    expect(row.answers?.[0]).toMatchObject({
      before: "like this",
      passedBefore: true,
      after: "something else",
      passedAfter: false,
    });
  });

  test("measures no gap when no pod is ready", async () => {
    const world = await second();
    world.serving.serve("support", ["support"]);
    world.serving.show("support-blue", ready(NOW));

    await createVerifyServing(world)({ run: "support-2", version: 2 });

    const row = await rowOf(world, "support-2");
    expect(row).not.toHaveProperty("servingGapSeconds");
    expect(row.answers?.[0]).toMatchObject({ after: "support says: How?" });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = await second();
        world.serving.serve("support", [BASE, "support"], answers);
        return world;
      },
      act: async (world) => createVerifyServing(world)({ run: "support-2", version: 2 }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(11);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test.each([
    { models: [BASE], listed: "phi-4-mini-instruct" },
    { models: [], listed: "nothing" },
  ])("fails when the adapter is not among the models: $listed", async ({ models, listed }) => {
    const world = await first();
    world.serving.serve("support", models);

    const verifying = createVerifyServing(world)({ run: RUN, version: 1 });

    await expect(verifying).rejects.toMatchObject({
      code: "ROLLOUT_FAILED",
      message: `/v1/models lists ${listed}, not support`,
    });
  });

  test("is tried again when nothing answers yet", async () => {
    const world = await first();

    const verifying = createVerifyServing(world)({ run: RUN, version: 1 });

    await expect(verifying).rejects.toThrow(TransientError);
  });
});
