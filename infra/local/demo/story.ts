import { setTimeout } from "node:timers/promises";

import type { ContainerClient } from "@azure/storage-blob";

import type { AppClient, Run } from "./app-client.ts";
import { type Datasets, readDatasets } from "./datasets.ts";
import type { ClusterView } from "./left-behind.ts";
import type { Narrator } from "./narrator.ts";
import { type Comparison, sideBySide, type Told } from "./report.ts";

export interface Stage {
  readonly app: AppClient;
  readonly container: ContainerClient;
  readonly cluster: ClusterView;
  readonly narrator: Narrator;
}

const PIPELINE = "support";
const QUESTIONS = [
  "How do I scale a node pool?",
  "How do I get the credentials of my cluster?",
] as const;
/** The same data would make nothing new. */
const ONE_ROW_MORE = Buffer.from(
  '{"messages": [{"role": "user", "content": "How do I list my clusters?"}, {"role": "assistant", "content": "Run az aks list."}]}\n',
);
const LOOK_MS = 200;
const EVENT_LIMIT_MS = 15_000;
const RUN_LIMIT_MS = 60_000;
const ENDS = new Set(["Succeeded", "Failed", "Rejected", "RolledBack", "Superseded", "Cancelled"]);

/**
 * Rollforward's whole job, told once.
 *
 * @throws {Error} when something did not come out as the story says: then the demo has failed
 */
export async function tellStory(stage: Stage): Promise<Told> {
  const { app, narrator } = stage;
  const datasets = readDatasets();
  await app.apply(PIPELINE, datasets.pipeline);
  narrator.say("pipeline support: what is dropped below datasets/support/ is trained on");

  const first = await firstVersion(stage, datasets);
  const again = await sameDataAgain(stage, datasets);
  const second = await betterData(stage, datasets);
  const refused = await badRows(stage, datasets);
  const crashed = await crashingTraining(stage, datasets);

  const runs = [first.run, again, second, refused, crashed];
  const left = await Promise.all(
    runs.map(async ({ id }) => [id, await stage.cluster.leftBehind(id)] as const),
  );
  return {
    runs,
    serving: await app.serving(PIPELINE),
    answers: await compare(app, first.base),
    leftBehind: new Map(left),
  };
}

async function firstVersion(
  stage: Stage,
  { a }: Datasets,
): Promise<{ run: Run; base: ReadonlyMap<string, string> }> {
  const { app, narrator } = stage;
  narrator.chapter("Dataset A is dropped: nothing serves yet");
  const run = await drop(stage, "questions-a.jsonl", a);
  expect(run, { phase: "Succeeded", version: 1 });
  narrator.say("v1 serves. The same question to the base model and to v1:");
  const base = new Map<string, string>();
  for (const question of QUESTIONS) {
    base.set(question, await app.ask(PIPELINE, question, "base"));
  }
  const [comparison] = await compare(app, base);
  if (comparison) narrator.say(indent(sideBySide(comparison)));
  return { run, base };
}

async function sameDataAgain(stage: Stage, { a }: Datasets): Promise<Run> {
  stage.narrator.chapter("Dataset A is dropped again");
  const run = await drop(stage, "questions-a.jsonl", a);
  expect(run, { phase: "Succeeded", version: undefined });
  stage.narrator.say(run.note ?? "");
  return run;
}

async function betterData(stage: Stage, { b }: Datasets): Promise<Run> {
  stage.narrator.chapter("Dataset B, the better one, is dropped");
  const run = await drop(stage, "questions-b.jsonl", b);
  expect(run, { phase: "Succeeded", version: 2 });
  const gap = run.servingGapSeconds === undefined ? "?" : `${run.servingGapSeconds}`;
  stage.narrator.say(`v2 serves. In place: for ${gap} s nothing answered`);
  return run;
}

async function badRows(stage: Stage, { bad }: Datasets): Promise<Run> {
  stage.narrator.chapter("A dataset with three bad rows is dropped");
  const run = await drop(stage, "questions-bad.jsonl", bad);
  expect(run, { phase: "Failed", code: "DATASET_INVALID" });
  stage.narrator.say(`${run.failure?.code}: ${run.failure?.message}. No GPU was asked for`);
  for (const line of run.failure?.details ?? []) stage.narrator.say(`  ${line}`);
  return run;
}

async function crashingTraining(stage: Stage, { b }: Datasets): Promise<Run> {
  const { app, cluster, narrator } = stage;
  narrator.chapter("A dataset is dropped whose training crashes");
  await cluster.crashTrainingOf(`${PIPELINE}-5`);
  const run = await drop(stage, "questions-c.jsonl", Buffer.concat([b, ONE_ROW_MORE]));
  expect(run, { phase: "Failed", code: "TRAINING_CRASHED" });
  narrator.say(`${run.failure?.code}: ${run.failure?.message}`);
  const { version } = await app.serving(PIPELINE);
  if (version !== 2) throw new Error(`v2 should still serve, but it is v${version}`);
  const answer = await app.ask(PIPELINE, QUESTIONS[1], "adapter");
  narrator.say(`v2 still serves: ${answer}`);
  return run;
}

/** Puts the file as any client would, and follows what comes of it to its end. */
async function drop({ app, container, narrator }: Stage, name: string, data: Buffer): Promise<Run> {
  const blob = container.getBlockBlobClient(`${PIPELINE}/${name}`);
  const { etag = "" } = await blob.uploadData(data);
  narrator.say(`dropped ${container.containerName}/${blob.name}`);
  const id = await runOf(app, blob.name, etag, narrator);
  const deadline = Date.now() + RUN_LIMIT_MS;
  for (;;) {
    const run = await app.run(id);
    if (ENDS.has(run.phase)) {
      narrator.say(`run ${id}: ${run.phase}`);
      return run;
    }
    if (Date.now() > deadline) throw new Error(`Run ${id} is still ${run.phase}`);
    const { stage, percent } = run.progress ?? {};
    narrator.progress([id, run.phase, stage].filter(Boolean).join("  "), percent);
    await setTimeout(LOOK_MS);
  }
}

async function runOf(
  app: AppClient,
  blob: string,
  etag: string,
  narrator: Narrator,
): Promise<string> {
  const bare = etag.replaceAll('"', "");
  for (const deadline = Date.now() + EVENT_LIMIT_MS; Date.now() < deadline;) {
    const requests = await app.requests(PIPELINE);
    const mine = requests.find(({ datasets }) =>
      datasets.some((dataset) => dataset.name === blob && dataset.etag === bare),
    );
    if (mine?.state === "refused") throw new Error(`Refused: ${mine.code} ${mine.message}`);
    if (mine?.run !== undefined) return mine.run;
    narrator.progress("waiting for the event");
    await setTimeout(LOOK_MS);
  }
  throw new Error(`No event of ${blob} has made a run in ${EVENT_LIMIT_MS / 1000} s`);
}

async function compare(
  app: AppClient,
  base: ReadonlyMap<string, string>,
): Promise<readonly Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [question, before] of base) {
    comparisons.push({ question, before, after: await app.ask(PIPELINE, question, "adapter") });
  }
  return comparisons;
}

function expect(
  run: Run,
  wanted: { phase: string; version?: number | undefined; code?: string },
): void {
  const isSame =
    run.phase === wanted.phase &&
    run.version === wanted.version &&
    run.failure?.code === wanted.code;
  if (isSame) return;
  const { code, details = [], message } = run.failure ?? {};
  const found = [run.phase, code, message, ...details].filter(Boolean).join(" ");
  throw new Error(`Run ${run.id} should have ended as ${JSON.stringify(wanted)}, not as ${found}`);
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n   ");
}
