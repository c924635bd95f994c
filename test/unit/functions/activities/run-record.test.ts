import { describe, expect, test } from "vitest";

import { createBeginRun } from "../../../../functions/activities/begin-run.ts";
import { createEndRun } from "../../../../functions/activities/end-run.ts";
import { createEnterPhase } from "../../../../functions/activities/enter-phase.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import {
  begin,
  changeRow,
  enterPhase,
  LIMITS,
  pipelineYaml,
  rowOf,
  RUN,
  upload,
} from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, LATER, newWorld, NOW, type World } from "../support/world.ts";

const HOURS_2 = 7_200_000;

async function started(): Promise<World> {
  const world = newWorld();
  const requests = await upload(world);
  await createStartRun(world)({ run: RUN, requests });
  return world;
}

describe("beginRun", () => {
  test("keeps the document for the run and gives the limits", async () => {
    const world = await started();

    const answer = await createBeginRun({ ...world, limits: LIMITS })({ run: RUN });

    expect(answer).toEqual({
      nothingToDo: false,
      limits: { ...LIMITS, tuningDeadlineMs: HOURS_2 },
    });
    const kept = await world.files.readText({ run: RUN, name: "pipeline.json" });
    expect(kept).toBe(JSON.stringify({ generation: 1, yaml: pipelineYaml() }));
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: started,
      act: async (world) => createBeginRun({ ...world, limits: LIMITS })({ run: RUN }),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(7);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("keeps the copy of the first try when the pipeline was changed since", async () => {
    const world = await started();
    const beginRun = createBeginRun({ ...world, limits: LIMITS });
    await beginRun({ run: RUN });
    const tuning = "{ model: phi-4-mini-instruct, deadline: 5h }";
    await world.pipelines.apply("support", pipelineYaml("support", { tuning }));

    const answer = await beginRun({ run: RUN });

    expect(answer.limits.tuningDeadlineMs).toBe(HOURS_2);
    expect(await rowOf(world)).toMatchObject({ generation: 1 });
  });

  test("has nothing to do when the run has ended", async () => {
    const world = await started();
    await enterPhase(world, "Failed");

    const answer = await createBeginRun({ ...world, limits: LIMITS })({ run: RUN });

    expect(answer.nothingToDo).toBe(true);
    expect(await world.files.readText({ run: RUN, name: "pipeline.json" })).toBeUndefined();
  });

  test("has nothing to do when another run took its requests", async () => {
    const world = await started();
    const { requests } = await rowOf(world);
    await createStartRun(world)({ run: "support-2", requests });

    const answer = await createBeginRun({ ...world, limits: LIMITS })({ run: "support-2" });

    expect(answer.nothingToDo).toBe(true);
  });

  test("refuses a run whose pipeline is gone", async () => {
    const world = await started();

    const beginning = createBeginRun({ ...world, pipelines: newWorld().pipelines, limits: LIMITS });

    await expect(beginning({ run: RUN })).rejects.toMatchObject({ code: "PIPELINE_INVALID" });
  });

  test("refuses a document that was written by hand, with every place", async () => {
    const world = await started();
    await world.pipelines.apply("support", pipelineYaml("support", { tuning: "{ model: gpt }" }));

    const beginning = createBeginRun({ ...world, limits: LIMITS })({ run: RUN });

    await expect(beginning).rejects.toMatchObject({
      code: "PIPELINE_INVALID",
      details: [expect.stringMatching(/^line 5:\d+ .*phi-4-mini-instruct/)],
    });
  });
});

describe("enterPhase", () => {
  test("writes the phase and when it began, once", async () => {
    const world = await started();
    await changeRow(world, { progress: { stage: "waiting" } });
    const enter = createEnterPhase(world.runs, world.now);

    const answers = [
      await enter({ run: RUN, phase: "Preparing" }),
      await enter({ run: RUN, phase: "Preparing" }),
    ];

    const row = await rowOf(world);
    expect(answers).toEqual([{ cancelRequested: false }, { cancelRequested: false }]);
    expect(row.phases.map(({ phase }) => phase)).toEqual(["Collecting", "Preparing"]);
    expect(row).not.toHaveProperty("progress");
  });

  test("does not take a run back to a phase when a second execution answers late", async () => {
    const world = await started();
    const enter = createEnterPhase(world.runs, world.now);
    await enter({ run: RUN, phase: "Preparing" });
    await enter({ run: RUN, phase: "Tuning" });

    await enter({ run: RUN, phase: "Preparing" });

    expect(await rowOf(world)).toMatchObject({ phase: "Tuning" });
  });

  test("passes on a wish to cancel", async () => {
    const world = await started();
    await changeRow(world, { cancelRequestedAt: NOW });

    const answer = await createEnterPhase(world.runs, world.now)({ run: RUN, phase: "Preflight" });

    expect(answer).toEqual({ cancelRequested: true });
  });

  test("stops a run that was ended from outside, and leaves its end as it is", async () => {
    const world = await started();
    await enterPhase(world, "Failed");

    const answer = await createEnterPhase(world.runs, world.now)({ run: RUN, phase: "Tuning" });

    expect(answer).toEqual({ cancelRequested: true });
    expect(await rowOf(world)).toMatchObject({ phase: "Failed" });
  });

  test("knows no run without a row", async () => {
    const world = newWorld();

    const entering = createEnterPhase(world.runs, world.now)({ run: RUN, phase: "Tuning" });

    await expect(entering).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("endRun", () => {
  const END = {
    run: RUN,
    phase: "Failed",
    failure: { code: "OUT_OF_MEMORY", message: "Too big" },
    note: "no",
    leftBehind: ["node gpu-1"],
  } as const;
  const asInput = { ...END, leftBehind: [...END.leftBehind] };

  test("writes how it ended, and that its requests are done", async () => {
    const world = newWorld();
    const [request = ""] = await begin(world);
    await changeRow(world, { progress: { stage: "training" } });

    await createEndRun(world)(asInput);

    const row = await rowOf(world);
    expect(row).toMatchObject({
      phase: "Failed",
      endedAt: NOW,
      failure: END.failure,
      note: "no",
      leftBehind: ["node gpu-1"],
    });
    expect(row.phases.at(-1)).toEqual({ phase: "Failed", at: NOW });
    expect(row).not.toHaveProperty("progress");
    const found = await world.requests.find("support", request);
    expect(found?.row).toMatchObject({ state: "done", run: RUN });
  });

  test("ends the same wherever it dies and is called again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => {
        const world = newWorld();
        await begin(world, { "support/a.jsonl": "1", "support/b.jsonl": "2" });
        return world;
      },
      act: async (world) => createEndRun(world)(asInput),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(6);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("keeps the first end, and only notes what is left behind now", async () => {
    const world = newWorld();
    await begin(world);
    await createEndRun(world)(asInput);

    const later = { ...world, now: () => new Date(LATER) };
    await createEndRun(later)({ run: RUN, phase: "Succeeded", leftBehind: [] });

    expect(await rowOf(world)).toMatchObject({ phase: "Failed", endedAt: NOW, leftBehind: [] });
  });

  test("leaves a request alone that another run has", async () => {
    const world = newWorld();
    const requests = await begin(world);
    await createStartRun(world)({ run: "support-2", requests });

    await createEndRun(world)({ run: "support-2", phase: "Superseded", leftBehind: [] });

    const found = await world.requests.find("support", requests[0] ?? "");
    expect(found?.row).toMatchObject({ state: "running", run: "support-1" });
  });
});
