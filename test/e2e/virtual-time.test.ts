import { expect, onTestFinished, test } from "vitest";

import type { StackOptions } from "../../infra/local/stack/start-stack.ts";
import { dataAbout } from "./support/datasets.ts";
import { expectOneOfEach } from "./support/expect-one-of-each.ts";
import { type Lab, startLab, until } from "./support/lab.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const THREE_DAYS_SECONDS = 72 * 3600;

async function start(options: Partial<StackOptions> = {}): Promise<Lab> {
  const lab = await startLab({ ...options, virtualTime: true });
  onTestFinished(() => lab.stop());
  return lab;
}

/** Makes the pipeline's first tuning take three days. */
async function slowDown(lab: Lab, pipeline: string): Promise<void> {
  const workspace = `rf-${pipeline}-1`;
  await lab.cluster.addFaults({ workspace, fault: "training-takes", seconds: THREE_DAYS_SECONDS });
}

test("a tuning of 72 hours goes from upload to answer within a minute, and all saw 72 hours", async () => {
  // The sweep would run 864 times, beside two other stacks on two cores; below, it does run.
  const lab = await start({ settings: { "AzureWebJobs.sweep.Disabled": "true" } });
  await slowDown(lab, "long");
  await lab.apply("long", { deadline: "80h" });
  const began = performance.now();

  const run = await lab.train("long", "a.jsonl", dataAbout("apple"));

  const tookReally = performance.now() - began;
  const took = Date.parse(run.endedAt ?? "") - Date.parse(run.createdAt);
  const job = await until("the Job's end", async () => {
    const { completionTime, startTime } = lab.cluster.jobTimes.get("rf-long-1") ?? {};
    return completionTime && startTime && completionTime.getTime() - startTime.getTime();
  });
  await expectOneOfEach(lab, run, { pipeline: "long", version: 1, word: "apple" });
  expect(tookReally).toBeLessThan(MINUTE);
  expect(took).toBeGreaterThan(72 * HOUR);
  expect(took).toBeLessThan(74 * HOUR);
  expect(job).toBeGreaterThanOrEqual(72 * HOUR);
  expect(job).toBeLessThan(72 * HOUR + 10 * MINUTE);
});

test("a tuning that is not done after its 4 hours is given up then, and cleaned up, in seconds", async () => {
  const lab = await start();
  await slowDown(lab, "late");
  await lab.apply("late", { deadline: "4h" });
  const began = performance.now();

  const run = await lab.train("late", "a.jsonl", dataAbout("apple"));

  const tookReally = performance.now() - began;
  const took = Date.parse(run.endedAt ?? "") - Date.parse(run.createdAt);
  expect(run).toMatchObject({
    phase: "Failed",
    failure: { code: "TUNING_TIMEOUT" },
    leftBehind: [],
  });
  expect(tookReally).toBeLessThan(MINUTE);
  expect(took).toBeGreaterThanOrEqual(4 * HOUR);
  expect(took).toBeLessThan(5 * HOUR);
  expect(await lab.cluster.tuningObjects("late")).toEqual([]);
});

test("data that are dropped in the middle of a long tuning wait for its end, and are tuned on once", async () => {
  const lab = await start();
  await slowDown(lab, "next");
  await lab.apply("next", { deadline: "4h" });
  const first = await lab.drop("next", "a.jsonl", dataAbout("apple"));
  const { run: late = "" } = await lab.request("next", first);
  await until("the training's pod", async () => {
    const objects = await lab.cluster.tuningObjects("next");
    return objects.find((name) => name.startsWith("Pod "));
  });
  const second = await lab.drop("next", "b.jsonl", dataAbout("banana"));
  const failed = await lab.ended(late);

  const run = await lab.ended((await lab.request("next", second)).run ?? "");

  expect(failed).toMatchObject({ phase: "Failed", failure: { code: "TUNING_TIMEOUT" } });
  expect(run).toMatchObject({ id: "next-2", phase: "Succeeded", version: 1, leftBehind: [] });
  expect(Date.parse(run.createdAt)).toBeGreaterThanOrEqual(Date.parse(failed.endedAt ?? ""));
  expect(lab.cluster.created.filter((name) => name === "rf-next-2")).toHaveLength(1);
  expect(await lab.ask("next")).toContain("The word is banana.");
});
