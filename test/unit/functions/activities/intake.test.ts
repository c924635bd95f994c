import { describe, expect, test } from "vitest";

import { createMarkWaiting } from "../../../../functions/activities/mark-waiting.ts";
import { createReadRequest } from "../../../../functions/activities/read-request.ts";
import { createReadSequence } from "../../../../functions/activities/read-sequence.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { enterPhase, pipelineYaml, rowOf, RUN, upload } from "../support/arrange.ts";
import { ContestedRequests } from "../support/contested.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, NOW } from "../support/world.ts";

describe("startRun", () => {
  test("makes the row, takes the requests and starts the orchestration", async () => {
    const world = newWorld();
    const requests = await upload(world);

    await createStartRun(world)({ run: RUN, requests });

    expect(await rowOf(world)).toEqual({
      id: "support-1",
      pipeline: "support",
      sequence: 1,
      generation: 1,
      requests,
      phase: "Collecting",
      phases: [{ phase: "Collecting", at: NOW }],
      createdAt: NOW,
      updatedAt: NOW,
      leftBehind: [],
    });
    const [request] = (await world.requests.list("support", 10)).rows;
    expect(request).toMatchObject({ state: "running", run: "support-1" });
    expect(world.engine.running()["support-1"]).toEqual({ name: "run", input: { run: RUN } });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = newWorld();
        await upload(world, { "support/a.jsonl": "1", "support/b.jsonl": "2" });
        return world;
      },
      act: async (world) => {
        const { rows } = await world.requests.list("support", 10);
        return createStartRun(world)({ run: RUN, requests: rows.map(({ id }) => id).toSorted() });
      },
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(8);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("starts nothing when the run has ended", async () => {
    const world = newWorld();
    const requests = await upload(world);
    await createStartRun(world)({ run: RUN, requests });
    await enterPhase(world, "Cancelled");
    world.engine.end(RUN);

    await createStartRun(world)({ run: RUN, requests });

    expect(world.engine.running()[RUN]).toBeUndefined();
  });

  test("leaves a request with the run that took it first", async () => {
    const world = newWorld();
    const requests = await upload(world);
    await createStartRun(world)({ run: RUN, requests });

    await createStartRun(world)({ run: "support-2", requests });

    const [request] = (await world.requests.list("support", 10)).rows;
    expect(request?.run).toBe("support-1");
  });

  test("starts the run although a request's row is gone", async () => {
    const world = newWorld();

    await createStartRun(world)({ run: RUN, requests: ["0000000000000000"] });

    expect(world.engine.running()[RUN]).toBeDefined();
  });

  test("keeps the generation that the pipeline has by then", async () => {
    const world = newWorld();
    const requests = await upload(world);
    await world.pipelines.apply("support", pipelineYaml("support", { overlap: "queue" }));

    await createStartRun(world)({ run: RUN, requests });

    expect(await rowOf(world)).toMatchObject({ generation: 2 });
  });

  test("takes a request although somebody else wrote into its row meanwhile", async () => {
    const requests = new ContestedRequests();
    const world = { ...newWorld(), requests };
    const [request = ""] = await upload(world);
    requests.writesOfOthers = 1;

    await createStartRun(world)({ run: RUN, requests: [request] });

    const found = await requests.find("support", request);
    expect(found?.row).toMatchObject({ run: RUN, message: "somebody else" });
  });

  test("gives up on a row that never stands still, for the host to try again", async () => {
    const requests = new ContestedRequests();
    const world = { ...newWorld(), requests };
    const ids = await upload(world);
    requests.writesOfOthers = 100;

    const starting = createStartRun(world)({ run: RUN, requests: ids });

    await expect(starting).rejects.toThrow(TransientError);
    expect(world.engine.running()[RUN]).toBeUndefined();
  });
});

describe("readRequest", () => {
  test("tells where the request stands and the highest number used", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    await createStartRun(world)({ run: "support-7", requests: [request] });

    const answer = await createReadRequest(world)({ pipeline: "support", request });

    expect(answer).toEqual({ state: "running", highestSequence: 7 });
  });

  test("says of a request that is gone that it is done", async () => {
    const world = newWorld();

    const answer = await createReadRequest(world)({ pipeline: "support", request: "gone" });

    expect(answer).toEqual({ state: "done", highestSequence: 0 });
  });
});

describe("readSequence", () => {
  test("gives the highest number of this pipeline alone", async () => {
    const world = newWorld();
    await createStartRun(world)({ run: "support-3", requests: ["0000000000000000"] });
    await createStartRun(world)({ run: "sales-9", requests: ["0000000000000000"] });

    const answer = await createReadSequence(world.runs)({ pipeline: "support" });

    expect(answer).toEqual({ highestSequence: 3 });
  });
});

describe("markWaiting", () => {
  test("says that a received request waits, however often it is called", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);

    await createMarkWaiting(world.requests)({ pipeline: "support", request });
    await createMarkWaiting(world.requests)({ pipeline: "support", request });

    const found = await world.requests.find("support", request);
    expect(found?.row.state).toBe("waiting");
  });

  test("takes nothing back from a request whose run has begun", async () => {
    const world = newWorld();
    const [request = ""] = await upload(world);
    await createStartRun(world)({ run: RUN, requests: [request] });

    await createMarkWaiting(world.requests)({ pipeline: "support", request });

    const found = await world.requests.find("support", request);
    expect(found?.row).toMatchObject({ state: "running", run: "support-1" });
  });
});
