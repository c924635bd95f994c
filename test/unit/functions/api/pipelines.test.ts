import { describe, expect, test } from "vitest";

import { createPipelineRoutes } from "../../../../functions/api/pipelines.ts";
import { createRecordRelease } from "../../../../functions/activities/record-release.ts";
import { PipelineDocument, PipelineList } from "../../../../shared/contracts/http-api.ts";
import { pipelineYaml, register, RUN } from "../support/arrange.ts";
import { call } from "../support/call.ts";
import { newWorld, type World } from "../support/world.ts";

async function withPipeline(): Promise<World> {
  const world = newWorld();
  await world.pipelines.apply("support", pipelineYaml());
  return world;
}

describe("GET pipelines", () => {
  test("lists them with what they watch and what serves", async () => {
    const world = newWorld();
    await register(world);
    await createRecordRelease(world)({ run: RUN, version: 1 });
    await world.pipelines.apply("sales", pipelineYaml("sales"));

    const answer = await createPipelineRoutes(world).list(call());

    const { pipelines } = PipelineList.parse(answer);
    expect(pipelines).toMatchObject([
      { name: "sales", generation: 1, watches: "datasets/sales/", serving: "sales" },
      { name: "support", model: "phi-4-mini-instruct", watches: "datasets/support/", version: 1 },
    ]);
    expect(pipelines[0]).not.toHaveProperty("version");
  });

  test("is not brought down by a document that somebody wrote by hand", async () => {
    const world = await withPipeline();
    await world.pipelines.apply("broken", "kind: Nonsense");

    const { pipelines } = await createPipelineRoutes(world).list(call());

    expect(pipelines.map(({ name }) => name)).toEqual(["support"]);
  });
});

describe("GET pipelines/{pipeline}", () => {
  test("gives the document as it was applied", async () => {
    const world = await withPipeline();

    const answer = await createPipelineRoutes(world).get(call({ pipeline: "support" }));

    expect(PipelineDocument.parse(answer).yaml).toBe(pipelineYaml());
  });

  test.each([{ pipeline: "sales" }, {}])("knows no such pipeline: %j", async (params) => {
    const world = await withPipeline();

    const getting = createPipelineRoutes(world).get(call(params));

    await expect(getting).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("says what is wrong with a document that somebody wrote by hand", async () => {
    const world = newWorld();
    await world.pipelines.apply("broken", "kind: Nonsense\n");

    const getting = createPipelineRoutes(world).get(call({ pipeline: "broken" }));

    await expect(getting).rejects.toMatchObject({
      code: "INVALID",
      details: expect.arrayContaining([expect.stringMatching(/^line 1, column \d+: /)]),
    });
  });
});

describe("PUT pipelines/{pipeline}", () => {
  async function apply(world: World, body: string, pipeline = "support") {
    return createPipelineRoutes(world).apply(call({ pipeline }, { body }));
  }

  test("creates, finds the same again, and changes", async () => {
    const world = newWorld();
    const changed = pipelineYaml("support", { overlap: "queue" });

    const answers = [
      await apply(world, pipelineYaml()),
      await apply(world, pipelineYaml()),
      await apply(world, changed),
    ];

    expect(answers).toEqual([
      { name: "support", generation: 1, changed: true },
      { name: "support", generation: 1, changed: false },
      { name: "support", generation: 2, changed: true },
    ]);
  });

  test("names every place that is wrong, and stores nothing", async () => {
    const world = newWorld();
    const dataset = "{ container: datasets, prefix: support/, minRows: many }";
    const tuning = "{ model: llama-3 }";

    const applying = apply(world, pipelineYaml("support", { dataset, tuning }));

    await expect(applying).rejects.toMatchObject({
      code: "INVALID",
      details: [
        expect.stringMatching(/^line 4, column \d+: /),
        expect.stringMatching(/^line 5, column \d+: .*KAITO cannot tune it/),
      ],
    });
    expect(await world.pipelines.list()).toEqual([]);
  });

  test("refuses an unknown key", async () => {
    const world = newWorld();

    const applying = apply(world, pipelineYaml("support", { tunning: "{}" }));

    await expect(applying).rejects.toMatchObject({
      code: "INVALID",
      details: [expect.stringContaining("tunning")],
    });
  });

  test("refuses by name what is not built yet", async () => {
    const world = newWorld();

    const applying = apply(world, pipelineYaml("support", { overlap: "replace" }));

    await expect(applying).rejects.toMatchObject({
      code: "UNSUPPORTED",
      details: [expect.stringContaining("overlap")],
    });
  });

  test("refuses a document of another name than the route's", async () => {
    const world = newWorld();

    const applying = apply(world, pipelineYaml("sales"));

    await expect(applying).rejects.toMatchObject({
      code: "INVALID",
      message: "The document is of sales, the route of support",
    });
  });

  test.each([
    ["adapter", "{ repository: adapters/support }", "adapter.repository adapters/support"],
    ["serving", "{ name: support }", "serving.name support"],
  ])("refuses what would fight with another pipeline over its %s", async (key, value, shared) => {
    const world = await withPipeline();

    const applying = apply(world, pipelineYaml("sales", { [key]: value }), "sales");

    await expect(applying).rejects.toMatchObject({
      code: "CONFLICT",
      message: `Pipeline support has the same ${shared}`,
    });
    expect(await world.pipelines.find("sales")).toBeUndefined();
  });
});

test("PUT pipelines/{pipeline} takes a second one that shares nothing", async () => {
  const world = await withPipeline();
  const request = call({ pipeline: "sales" }, { body: pipelineYaml("sales") });

  const answer = await createPipelineRoutes(world).apply(request);

  expect(answer).toEqual({ name: "sales", generation: 1, changed: true });
});

describe("POST pipelines/{pipeline}/uploads", () => {
  async function target(world: World, body: object, pipeline = "support") {
    return createPipelineRoutes(world).createUpload(call({ pipeline }, { body }));
  }

  test("gives a place below the prefix that opens for an hour", async () => {
    const world = await withPipeline();

    const answer = await target(world, { name: "a.jsonl" });

    expect(answer).toEqual({
      method: "PUT",
      url: "https://uploads.example/datasets/support/a.jsonl?sp=cw&se=2026-03-01T13%3A00%3A00.000Z",
      headers: { "x-ms-blob-type": "BlockBlob" },
      container: "datasets",
      blob: "support/a.jsonl",
      expiresAt: "2026-03-01T13:00:00.000Z",
    });
  });

  test.each([
    [{ name: "a.csv" }, "UNSUPPORTED", "a.csv: .csv is not supported; today: .jsonl and .json"],
    [{ name: "../sales/a.jsonl" }, "UNSUPPORTED", /cannot be the name of a blob/],
    [{ name: "" }, "INVALID", "The body is not valid"],
    [{ name: "a.jsonl", container: "other" }, "INVALID", "The body is not valid"],
    [{}, "INVALID", "The body is not valid"],
  ])("refuses %j", async (body, code, message) => {
    const world = await withPipeline();

    const asking = target(world, body);

    await expect(asking).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test("knows no such pipeline", async () => {
    const world = await withPipeline();

    const asking = target(world, { name: "a.jsonl" }, "sales");

    await expect(asking).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
