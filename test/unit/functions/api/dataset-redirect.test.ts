import { describe, expect, test } from "vitest";

import { createDatasetRedirect } from "../../../../functions/api/dataset-redirect.ts";
import { createDatasetUrls } from "../../../../functions/dataset-urls.ts";
import { ACTIVE_PHASES, END_PHASES } from "../../../../shared/domain/run.ts";
import { enterPhase, prepare, RUN } from "../support/arrange.ts";
import { newWorld, type World } from "../support/world.ts";

const NOT_FOUND = { status: 404, body: "Not found\n" };

async function tuning(): Promise<World> {
  const world = newWorld();
  await prepare(world);
  await enterPhase(world, "Tuning");
  return world;
}

function capabilityOf({ urls }: Pick<World, "urls">, run = RUN): string {
  return new URL(urls.urlFor(run)).pathname.split("/").at(-2) ?? "";
}

describe("the dataset redirect", () => {
  test("leads a training pod to its run's file, for an hour", async () => {
    const world = await tuning();
    const asked: Date[] = [];
    const readUrl: World["files"]["readUrl"] = async (file, expiresAt) => {
      asked.push(expiresAt);
      return world.files.readUrl(file, expiresAt);
    };
    const redirect = createDatasetRedirect({ ...world, files: withReadUrl(world, readUrl) });

    const answer = await redirect(capabilityOf(world), "train.jsonl");

    const location = await world.files.readUrl({ run: RUN, name: "train.jsonl" }, new Date());
    expect(answer).toEqual({ status: 302, headers: { location, "cache-control": "no-store" } });
    expect(asked).toEqual([new Date("2026-03-01T13:00:00.000Z")]);
  });

  test.each([...ACTIVE_PHASES, ...END_PHASES].filter((phase) => phase !== "Tuning"))(
    "opens nothing while the run is in %s",
    async (phase) => {
      const world = await tuning();
      await enterPhase(world, phase);

      const answer = await createDatasetRedirect(world)(capabilityOf(world), "train.jsonl");

      expect(answer).toEqual(NOT_FOUND);
    },
  );

  test.each(["manifest.json", "pipeline.json", "../support-1/train.jsonl", "TRAIN.JSONL", ""])(
    "opens no other file: %j",
    async (file) => {
      const world = await tuning();

      const answer = await createDatasetRedirect(world)(capabilityOf(world), file);

      expect(answer).toEqual(NOT_FOUND);
    },
  );

  test("opens nothing with a capability of another key, run or shape", async () => {
    const world = await tuning();
    const redirect = createDatasetRedirect(world);
    const mine = capabilityOf(world);
    const mac = mine.slice(mine.indexOf(".") + 1);
    const wrong = [
      capabilityOf({ urls: createDatasetUrls("https://app.example", "x".repeat(32)) }),
      `support-2.${mac}`,
      `${RUN}.`,
      `${RUN}.${mac.slice(1)}`,
      `${RUN}.${mac}A`,
      `${RUN}.${"A".repeat(mac.length)}`,
      `.${mac}`,
      mac,
      RUN,
      "",
    ];

    const answers = await Promise.all(
      wrong.map(async (capability) => redirect(capability, "train.jsonl")),
    );

    expect(answers).toEqual(wrong.map(() => NOT_FOUND));
  });

  test("opens nothing of a run that never was", async () => {
    const world = await tuning();

    const capability = capabilityOf(world, "sales-9");
    const answer = await createDatasetRedirect(world)(capability, "train.jsonl");

    expect(answer).toEqual(NOT_FOUND);
  });
});

function withReadUrl({ files }: World, readUrl: World["files"]["readUrl"]) {
  return {
    putOnce: files.putOnce.bind(files),
    put: files.put.bind(files),
    find: files.find.bind(files),
    readText: files.readText.bind(files),
    readUrl,
  };
}
