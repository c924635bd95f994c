import { describe, expect, test } from "vitest";

import { createDatasetUploaded } from "../../../../functions/triggers/dataset-uploaded.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { TransientError } from "../../../../shared/errors.ts";
import { blobCreated, pipelineYaml, RUN } from "../support/arrange.ts";
import { crashEverywhere } from "../support/crashes.ts";
import { everything, newWorld, NOW, type World } from "../support/world.ts";

const BLOB = "support/a.jsonl";
const EVENT = blobCreated(BLOB, "0x8D1", { size: 42 });

async function withPipelines(...names: readonly string[]): Promise<World> {
  const world = newWorld();
  for (const name of names) await world.pipelines.apply(name, pipelineYaml(name));
  return world;
}

async function take(world: World, content: unknown, id = "m-1", isLastTry = false) {
  return createDatasetUploaded(world)({ id, content, isLastTry }, world.engine);
}

async function requestsOf({ requests }: World) {
  return (await requests.list(undefined, 100)).rows;
}

describe("an event of a blob", () => {
  test("makes one request, and has it admitted", async () => {
    const world = await withPipelines("support", "sales");

    const taken = await take(world, EVENT);

    const [request] = await requestsOf(world);
    expect(taken).toEqual({ kind: "taken", requests: [request?.id] });
    expect(request).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      pipeline: "support",
      source: "upload",
      requestedAt: NOW,
      datasets: [{ name: BLOB, etag: "0x8D1", size: 42 }],
      requestedBy: "upload",
      state: "received",
    });
    expect(world.engine.running()).toEqual({
      [`admit-support-${request?.id}`]: {
        name: "admit",
        input: { pipeline: "support", request: request?.id },
      },
    });
  });

  test("makes nothing when it comes again, in whatever message and with quotes", async () => {
    const world = await withPipelines("support");
    await take(world, EVENT);
    const before = await everything(world);

    await take(world, EVENT, "m-2");
    await take(world, blobCreated(BLOB, '"0x8D1"', { size: 42 }), "m-3");

    expect(await everything(world)).toEqual(before);
    expect(world.engine.starts).toBe(1);
  });

  test("makes nothing when it comes again after its run", async () => {
    const world = await withPipelines("support");
    const taken = await take(world, EVENT);
    const requests = taken.kind === "taken" ? [...taken.requests] : [];
    world.engine.end(`admit-support-${requests[0]}`);
    await createStartRun(world)({ run: RUN, requests });

    await take(world, EVENT);

    expect(Object.keys(world.engine.running())).toEqual([RUN]);
  });

  test("is offered again when its delivery died before the start", async () => {
    const world = await withPipelines("support");
    const engine = world.engine;
    engine.breakDown(new TransientError("STORAGE_UNAVAILABLE", "no answer"));
    const dead = take(world, EVENT);
    await expect(dead).rejects.toThrow("no answer");
    const healed = { ...newWorld(), requests: world.requests, pipelines: world.pipelines };

    await take(healed, EVENT);

    expect(await requestsOf(world)).toHaveLength(1);
    expect(healed.engine.starts).toBe(1);
  });

  test.each([
    [false, []],
    [true, [{ id: "m-1", reason: "Given up: STORAGE_UNAVAILABLE: no answer" }]],
  ])(
    "that fails is listed when it was the last try (%j), as the host gives it up",
    async (isLastTry, listed) => {
      const world = await withPipelines("support");
      world.engine.breakDown(new TransientError("STORAGE_UNAVAILABLE", "no answer"));

      const taking = take(world, EVENT, "m-1", isLastTry);

      await expect(taking).rejects.toThrow("no answer");
      expect(await world.requests.unreadable()).toMatchObject(listed);
      expect(await world.requests.unreadable()).toHaveLength(listed.length);
    },
  );

  test("ends the same wherever it dies and is delivered again", async () => {
    const { undisturbed, crashed } = await crashEverywhere({
      arrange: async () => withPipelines("support"),
      act: async (world) => take(world, EVENT),
      look: everything,
    });

    expect(Object.keys(crashed)).toHaveLength(3);
    for (const ending of Object.values(crashed)) expect(ending).toEqual(undisturbed);
  });

  test("counts as another one when the blob was replaced", async () => {
    const world = await withPipelines("support");

    await take(world, EVENT);
    await take(world, blobCreated(BLOB, "0x8D2"));

    expect(await requestsOf(world)).toHaveLength(2);
  });

  test("makes a request of each pipeline that watches the place", async () => {
    const world = await withPipelines("support");
    const dataset = "{ container: datasets, prefix: support/ }";
    await world.pipelines.apply("second", pipelineYaml("second", { dataset }));

    await take(world, EVENT);

    const requests = await requestsOf(world);
    expect(requests.map(({ pipeline }) => pipeline).toSorted()).toEqual(["second", "support"]);
    expect(new Set(requests.map(({ id }) => id)).size).toBe(2);
  });

  test.each([
    blobCreated("other/a.jsonl", "0x1"),
    blobCreated("supporters/a.jsonl", "0x1"),
    blobCreated("a/support/a.jsonl", "0x1"),
    blobCreated(BLOB, "0x1", { container: "elsewhere" }),
  ])("is none of ours: $subject", async (event) => {
    const world = await withPipelines("support");

    const taken = await take(world, event);

    expect(taken).toEqual({ kind: "taken", requests: [] });
    expect(await requestsOf(world)).toEqual([]);
  });

  test("is taken although another document was broken by hand", async () => {
    const world = await withPipelines("support");
    await world.pipelines.apply("broken", "kind: Nonsense");

    await take(world, EVENT);

    expect(await requestsOf(world)).toHaveLength(1);
  });

  test.each([
    ["support/a.csv", ".csv is not supported; today: .jsonl and .json"],
    ["support/a.parquet", ".parquet is not supported; today: .jsonl and .json"],
    ["support/README", "a file without an extension is not supported; today: .jsonl and .json"],
  ])("is refused by name when its format is not supported: %s", async (blob, message) => {
    const world = await withPipelines("support");

    await take(world, blobCreated(blob, "0x1"));
    await take(world, blobCreated(blob, "0x1"));

    const requests = await requestsOf(world);
    expect(requests).toMatchObject([
      { state: "refused", code: "UNSUPPORTED", message: `${blob}: ${message}` },
    ]);
    expect(world.engine.starts).toBe(0);
  });
});

describe("a message that is no such event", () => {
  test.each([
    ["text", "hello", /message: /, "hello"],
    ["nothing", undefined, /message: /, "null"],
    ["a list", [1], /message: /, "[1]"],
    [
      "an event of another type",
      { ...EVENT, type: "Microsoft.Storage.BlobDeleted" },
      /type: /,
      /BlobDeleted/,
    ],
    ["an event of no blob", { ...EVENT, subject: "/elsewhere" }, /subject: /, /elsewhere/],
    ["an event without data", { ...EVENT, data: {} }, /data\.eTag: /, /"data":\{\}/],
  ])("is kept with the reason: %s", async (_what, content, reason, excerpt) => {
    const world = await withPipelines("support");

    const taken = await take(world, content, "m-7");

    const [kept] = await world.requests.unreadable();
    expect(taken).toEqual({ kind: "unreadable", reason: kept?.reason });
    expect(kept).toEqual({
      id: "m-7",
      receivedAt: NOW,
      reason: expect.stringMatching(reason),
      excerpt: expect.stringMatching(excerpt),
    });
    expect(await requestsOf(world)).toEqual([]);
  });

  test("is kept once, and no more of it than an excerpt", async () => {
    const world = await withPipelines("support");

    await take(world, "x".repeat(60_000));
    await take(world, "x".repeat(60_000));

    const kept = await world.requests.unreadable();
    expect(kept.map(({ excerpt }) => excerpt.length)).toEqual([2000]);
  });
});
