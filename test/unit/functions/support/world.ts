import { createDatasetUrls } from "../../../../functions/dataset-urls.ts";
import type { DatasetUrls } from "../../../../shared/ports/dataset-urls.ts";
import { FakeAdapters } from "../../../support/fakes/fake-adapters.ts";
import { FakeDatasets } from "../../../support/fakes/fake-datasets.ts";
import { FakePipelines } from "../../../support/fakes/fake-pipelines.ts";
import { FakeRequests } from "../../../support/fakes/fake-requests.ts";
import { FakeRunFiles } from "../../../support/fakes/fake-run-files.ts";
import { FakeRuns } from "../../../support/fakes/fake-runs.ts";
import { FakeServingCluster } from "../../../support/fakes/fake-serving-cluster.ts";
import { FakeTuningCluster } from "../../../support/fakes/fake-tuning-cluster.ts";
import { FakeUploads } from "../../../support/fakes/fake-uploads.ts";
import { FakeVersions } from "../../../support/fakes/fake-versions.ts";
import { FakeEngine } from "./fake-engine.ts";

export const NOW = "2026-03-01T12:00:00.000Z";
export const LATER = "2026-03-01T13:00:00.000Z";

/** Every port, and what else the functions are given: one object fits them all. */
export interface World {
  readonly requests: FakeRequests;
  readonly runs: FakeRuns;
  readonly pipelines: FakePipelines;
  readonly datasets: FakeDatasets;
  readonly files: FakeRunFiles;
  readonly uploads: FakeUploads;
  readonly versions: FakeVersions;
  readonly adapters: FakeAdapters;
  readonly cluster: FakeTuningCluster;
  readonly serving: FakeServingCluster;
  readonly engine: FakeEngine;
  readonly urls: DatasetUrls;
  readonly namespace: string;
  readonly now: () => Date;
}

export function newWorld(): World {
  return {
    requests: new FakeRequests(),
    runs: new FakeRuns(),
    pipelines: new FakePipelines(),
    datasets: new FakeDatasets(),
    files: new FakeRunFiles(),
    uploads: new FakeUploads(),
    versions: new FakeVersions(),
    adapters: new FakeAdapters(),
    cluster: new FakeTuningCluster(() => NOW),
    serving: new FakeServingCluster(),
    engine: new FakeEngine(),
    urls: createDatasetUrls("https://app.example", "k".repeat(32)),
    namespace: "rollforward",
    now: () => new Date(NOW),
  };
}

const FILES = ["pipeline.json", "frozen.json", "train.jsonl", "manifest.json", "answers.json"];
const RUNS = ["support-1", "support-2"];

/** Everything that stands anywhere, to be compared with another world. */
export async function everything(world: World): Promise<Record<string, unknown>> {
  const { requests, runs, files, versions, cluster, serving, adapters, engine } = world;
  const named = RUNS.flatMap((run) => FILES.map((name) => ({ run, name })));
  const texts = await Promise.all(
    named.map(async (file) => [`${file.run}/${file.name}`, await files.readText(file)] as const),
  );
  return {
    requests: (await requests.list(undefined, 100)).rows,
    unreadable: await requests.unreadable(),
    runs: (await runs.list(undefined, 100)).rows,
    files: Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    versions: await versions.list("support"),
    quarantined: await versions.quarantined("support"),
    release: await versions.latestRelease("support"),
    tuning: await cluster.objects(),
    serving: serving.adapters("support-blue"),
    service: (await serving.observe("support-blue", "support")).service,
    pullSecret: serving.dockerConfig("support-pull"),
    tags: adapters.tags("adapters/support"),
    locked: adapters.locked("adapters/support"),
    running: engine.running(),
  };
}
