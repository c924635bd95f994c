import { describe, expect, test } from "vitest";

import { createLookAtTuning } from "../../../../functions/activities/look-at-tuning.ts";
import { createRemoveTuning } from "../../../../functions/activities/remove-tuning.ts";
import { createSaveTuningLog } from "../../../../functions/activities/save-tuning-log.ts";
import { createStartTuning } from "../../../../functions/activities/start-tuning.ts";
import type { TuningObservation } from "../../../../shared/domain/observation.ts";
import { PermanentError, TransientError } from "../../../../shared/errors.ts";
import { changeRow, enterPhase, prepare, rowOf, RUN } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, LATER, newWorld, NOW, type World } from "../support/world.ts";

const NAME = "rf-support-1";

async function prepared(): Promise<World> {
  const world = newWorld();
  await prepare(world);
  await enterPhase(world, "Tuning");
  return world;
}

/** What a look sees while the trainer works. */
function training(state: "running" | "terminated" = "running"): TuningObservation {
  const ended = state === "terminated" ? { exitCode: 1, reason: "Error" } : {};
  return {
    workspace: { createdAt: NOW, deleting: false, conditions: [] },
    job: { createdAt: NOW, deleting: false, complete: false, active: 1, failedPods: 0 },
    pod: {
      name: "rf-support-1-abcde",
      phase: "Running",
      createdAt: NOW,
      deleting: false,
      nodeName: "gpu-1",
      containers: [{ name: NAME, init: false, state, restartCount: 0, ...ended }],
    },
  };
}

describe("lookAtTuning", () => {
  test("gives what is seen, with the progress from the trainer's log", async () => {
    const world = await prepared();
    world.cluster.show(NAME, training());
    world.cluster.writeLog(NAME, NAME, "{'loss': 1.5}\r 40/100 [00:10<00:15]");

    const seen = await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    const progress = { stage: "training", percent: 40, loss: 1.5 };
    expect(seen).toEqual({ observation: training(), progress, cancelRequested: false });
    expect(await rowOf(world)).toMatchObject({ progress });
  });

  test("notes a stage for which there is no log yet", async () => {
    const world = await prepared();

    const seen = await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    expect(seen).toEqual({
      observation: {},
      cancelRequested: false,
    });
    expect(await rowOf(world)).not.toHaveProperty("progress");
  });

  test("goes without the log when only that is out of reach", async () => {
    const world = await prepared();
    world.cluster.show(NAME, training());
    world.cluster.failNext("trainerLog", new TransientError("CLUSTER_UNAVAILABLE", "kubelet"));

    const seen = await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    expect(seen).toMatchObject({ observation: training(), progress: { stage: "training" } });
  });

  test("sees a cluster that is out of reach, and a wish to cancel all the same", async () => {
    const world = await prepared();
    await changeRow(world, { cancelRequestedAt: NOW });
    world.cluster.failNext("observe", new TransientError("CLUSTER_UNAVAILABLE", "no answer"));

    const seen = await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    const unreachable = "CLUSTER_UNAVAILABLE: no answer";
    expect(seen).toEqual({ unreachable, cancelRequested: true });
  });

  test("settles when the cluster does not let us look", async () => {
    const world = await prepared();
    world.cluster.failNext("observe", new PermanentError("PERMISSION_DENIED", "no"));

    const looking = createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    await expect(looking).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
  });

  test("puts fresh credentials into the Secret when it is asked to", async () => {
    const world = await prepared();
    await createStartTuning(world)({ run: RUN });
    await world.cluster.renewPushSecret(NAME, "stale");

    await createLookAtTuning(world)({ run: RUN, renewCredentials: true });

    const secret = world.cluster.manifests(NAME)?.secret.stringData[".dockerconfigjson"];
    expect(secret).toBe(await world.adapters.dockerConfig());
  });

  test("writes no progress into the row of a run that has gone on", async () => {
    const world = await prepared();
    world.cluster.show(NAME, training());
    await enterPhase(world, "Registering");

    await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    expect(await rowOf(world)).not.toHaveProperty("progress");
  });

  test("gives no progress of what is over", async () => {
    const world = await prepared();
    world.cluster.show(NAME, training("terminated"));

    const seen = await createLookAtTuning(world)({ run: RUN, renewCredentials: false });

    expect(seen).not.toHaveProperty("progress");
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = await prepared();
        await createStartTuning(world)({ run: RUN });
        world.cluster.show(NAME, training());
        return world;
      },
      act: async (world) => createLookAtTuning(world)({ run: RUN, renewCredentials: true }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(7);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });
});

describe("saveTuningLog", () => {
  test("keeps the trainer's log and gives the last lines of what may explain a failure", async () => {
    const world = await prepared();
    const log = "one\n\n two \n10%\r50%\r100%\nthree\nfour\nfive\nCUDA out of memory\n";
    world.cluster.writeLog(NAME, NAME, log);
    world.cluster.writeLog(NAME, "pusher", `${"x".repeat(400)}\ndenied\n`);

    const answer = await createSaveTuningLog(world)({ run: RUN });

    expect(answer).toEqual({
      trainer: ["100%", "three", "four", "five", "CUDA out of memory"],
      pusher: ["x".repeat(300), "denied"],
    });
    expect(await world.files.readText({ run: RUN, name: "trainer.log" })).toBe(log);
  });

  test("keeps the log of an earlier try when the pod is gone", async () => {
    const world = await prepared();
    world.cluster.writeLog(NAME, NAME, "trained\n");
    await createSaveTuningLog(world)({ run: RUN });
    world.cluster.writeLog(NAME, NAME, "");

    const answer = await createSaveTuningLog(world)({ run: RUN });

    expect(answer).toEqual({ trainer: [], pusher: [] });
    expect(await world.files.readText({ run: RUN, name: "trainer.log" })).toBe("trained\n");
  });
});

describe("removeTuning", () => {
  test("removes what the run made, and nothing of another run", async () => {
    const world = await prepared();
    await createStartTuning(world)({ run: RUN });
    world.cluster.add({ kind: "Workspace", name: "rf-x-9", run: "x-9", createdAt: NOW });

    const answer = await createRemoveTuning(world)({ run: RUN });

    expect(answer).toEqual({ remaining: [] });
    expect((await world.cluster.objects()).map(({ run }) => run)).toEqual(["x-9"]);
  });

  test("says what is still there", async () => {
    const world = await prepared();
    world.cluster.leaveBehind("node gpu-1 (being deleted)");

    const answer = await createRemoveTuning(world)({ run: RUN });

    expect(answer).toEqual({ remaining: ["node gpu-1 (being deleted)"] });
  });

  test("counts how long the node has been paid for, from its own creation", async () => {
    const world = await prepared();
    await createStartTuning(world)({ run: RUN });
    const createdAt = "2026-03-01T12:10:00.000Z";
    world.cluster.add({ kind: "Node", name: "gpu-1", run: RUN, createdAt });
    const later = { ...world, now: () => new Date(LATER) };

    await createRemoveTuning(later)({ run: RUN });

    expect(await rowOf(world)).toMatchObject({ gpuSeconds: 3000 });
  });

  test("counts from the Workspace's creation when nodes are not to be seen", async () => {
    const world = await prepared();
    await createStartTuning(world)({ run: RUN });

    await createRemoveTuning({ ...world, now: () => new Date(LATER) })({ run: RUN });

    expect(await rowOf(world)).toMatchObject({ gpuSeconds: 3600 });
  });

  test("takes nothing off the account when a late execution answers", async () => {
    const world = await prepared();
    world.cluster.add({ kind: "Node", name: "gpu-1", run: RUN, createdAt: NOW });
    await createRemoveTuning({ ...world, now: () => new Date(LATER) })({ run: RUN });

    await createRemoveTuning(world)({ run: RUN });

    expect(await rowOf(world)).toMatchObject({ gpuSeconds: 3600 });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = await prepared();
        await createStartTuning(world)({ run: RUN });
        return world;
      },
      act: async (world) => createRemoveTuning(world)({ run: RUN }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(4);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });
});
