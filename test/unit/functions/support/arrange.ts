import { createBeginRun } from "../../../../functions/activities/begin-run.ts";
import { createClaimVersion } from "../../../../functions/activities/claim-version.ts";
import { createFreezeDataset } from "../../../../functions/activities/freeze-dataset.ts";
import { createPrepareDataset } from "../../../../functions/activities/prepare-dataset.ts";
import { createPublishVersion } from "../../../../functions/activities/publish-version.ts";
import { createStartRun } from "../../../../functions/activities/start-run.ts";
import { createDatasetUploaded } from "../../../../functions/triggers/dataset-uploaded.ts";
import type { RunPhase, RunRecord } from "../../../../shared/domain/run.ts";
import { fakeImage } from "../../../support/fakes/fake-adapters.ts";
import type { World } from "./world.ts";

// Worlds in which a run has come so far: by the functions themselves, so that no test begins with a
// state that they would never make.

export const RUN = "support-1";

export const LIMITS = {
  pollIntervalMs: 10_000,
  capacityTimeoutMs: 60_000,
  imagePullGraceMs: 60_000,
  unreachableLimitMs: 60_000,
  rolloutTimeoutMs: 60_000,
  crashLoopGraceMs: 60_000,
};

/** A valid document, with lines added or replaced by their key. */
export function pipelineYaml(
  name = "support",
  lines: Readonly<Record<string, string>> = {},
): string {
  const document = {
    apiVersion: "rollforward.dev/v1",
    kind: "Pipeline",
    metadata: `{ name: ${name} }`,
    dataset: `{ container: datasets, prefix: ${name}/, minRows: 2 }`,
    tuning: "{ model: phi-4-mini-instruct, deadline: 2h }",
    adapter: `{ repository: adapters/${name} }`,
    evaluation:
      '{ questions: [{ ask: "How?", expect: { contains: ["like this"] } }, { ask: "Why?" }] }',
    ...lines,
  };
  return Object.entries(document)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
}

export const ROW_A = '{"prompt":"How?","completion":"like this"}';
export const ROW_B = '{"prompt":"Why?","completion":"because"}';
export const GOOD = `${ROW_A}\n${ROW_B}\n`;

/** Event Grid's event for a blob, as the queue gives it to the app. */
export function blobCreated(
  blob: string,
  etag: string,
  changes: { readonly container?: string; readonly size?: number } = {},
): object {
  const { container = "datasets", size = 100 } = changes;
  return {
    specversion: "1.0",
    id: "d5a1f2c0-0000-0000-0000-000000000001",
    source: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
    type: "Microsoft.Storage.BlobCreated",
    subject: `/blobServices/default/containers/${container}/blobs/${blob}`,
    time: "2026-03-01T11:59:59.1234567Z",
    data: { api: "PutBlob", eTag: etag, contentLength: size, blobType: "BlockBlob" },
  };
}

/** A pipeline, and files dropped below its prefix, each with its event. */
export async function upload(
  world: World,
  files: Readonly<Record<string, string>> = { "support/a.jsonl": GOOD },
): Promise<string[]> {
  if (!(await world.pipelines.find("support"))) {
    await world.pipelines.apply("support", pipelineYaml());
  }
  const uploaded = createDatasetUploaded(world);
  const requests: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const { etag, size } = await world.datasets.upload("datasets", name, content);
    const event = blobCreated(name, etag, { size });
    const taken = await uploaded({ id: name, content: event, isLastTry: false }, world.engine);
    if (taken.kind === "taken") requests.push(...taken.requests);
  }
  return requests;
}

/** A run with its row, its requests and its copy of the pipeline. */
export async function begin(
  world: World,
  files?: Readonly<Record<string, string>>,
  run = RUN,
): Promise<string[]> {
  const requests = await upload(world, files);
  await createStartRun(world)({ run, requests });
  await createBeginRun({ ...world, limits: LIMITS })({ run });
  return requests;
}

/** A run whose data is frozen, checked and merged. */
export async function prepare(
  world: World,
  files?: Readonly<Record<string, string>>,
  run = RUN,
): Promise<void> {
  await begin(world, files, run);
  await createFreezeDataset(world)({ run });
  await createPrepareDataset(world)({ run });
}

/** A run that has made a version, `v1` unless another was made before. */
export async function register(world: World, name = "one", run = RUN): Promise<number> {
  await prepare(world, { [`support/${name}.jsonl`]: GOOD.replaceAll("because", name) }, run);
  const image = fakeImage(name);
  world.adapters.push("adapters/support", `run-${run}`, image);
  const { digest, contentHash, rank, sizeBytes } = image;
  const { version } = await createClaimVersion(world)({
    run,
    digest,
    contentHash,
    rank,
    sizeBytes,
  });
  await createPublishVersion(world)({ run, version });
  return version;
}

export async function changeRow(
  { runs }: World,
  change: Partial<RunRecord>,
  run = RUN,
): Promise<void> {
  const found = await runs.find(run);
  if (!found) throw new Error(`There is no run ${run}`);
  await runs.update({ ...found.row, ...change }, found.etag);
}

export async function enterPhase(world: World, phase: RunPhase, run = RUN): Promise<void> {
  await changeRow(world, { phase }, run);
}

export async function rowOf({ runs }: World, run = RUN): Promise<RunRecord> {
  const found = await runs.find(run);
  if (!found) throw new Error(`There is no run ${run}`);
  return found.row;
}
