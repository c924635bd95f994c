import { app, getClient, input } from "durable-functions";

import type { Config } from "../../shared/config.ts";
import * as contracts from "../../shared/contracts/activities.ts";
import type { ActivityContract } from "../../shared/contracts/activity-contract.ts";
import { type Activity, runActivity } from "../activities/activity.ts";
import { createDurableEngine } from "../triggers/durable-engine.ts";
import type { DatasetUrls } from "../../shared/ports/dataset-urls.ts";
import type { Clients } from "./clients.ts";
import { lazily } from "./lazily.ts";

interface Composition {
  readonly config: Config;
  readonly clients: Clients;
  readonly urls: DatasetUrls;
  readonly now: () => Date;
}

/** Tells the host about an activity; its code and its clients are loaded at its first call. */
function register<Input, Output>(
  contract: ActivityContract<Input, Output>,
  load: () => Promise<Activity<Input, Output>>,
): void {
  const activity = lazily(load);
  app.activity(contract.name, {
    handler: async (raw, context) => runActivity(contract, await activity(), raw, context),
  });
}

export function registerActivities(composition: Composition): void {
  registerIntake(composition);
  registerRecords(composition);
  registerData(composition);
  registerTuning(composition);
  registerVersions(composition);
  registerServing(composition);
}

function registerIntake({ clients, now }: Composition): void {
  register(contracts.readRequest, async () => {
    const { createReadRequest } = await import("../activities/read-request.ts");
    return createReadRequest({ requests: await clients.requests(), runs: await clients.runs() });
  });
  register(contracts.readSequence, async () => {
    const { createReadSequence } = await import("../activities/read-sequence.ts");
    return createReadSequence(await clients.runs());
  });
  register(contracts.markWaiting, async () => {
    const { createMarkWaiting } = await import("../activities/mark-waiting.ts");
    return createMarkWaiting(await clients.requests());
  });

  // The one activity that starts an orchestration: its client comes with each call.
  const { startRun } = contracts;
  app.activity(startRun.name, {
    extraInputs: [input.durableClient()],
    handler: async (raw, context) => {
      const { createStartRun } = await import("../activities/start-run.ts");
      const activity = createStartRun({
        requests: await clients.requests(),
        runs: await clients.runs(),
        pipelines: await clients.pipelines(),
        engine: createDurableEngine(getClient(context)),
        now,
      });
      return runActivity(startRun, activity, raw, context);
    },
  });
}

function registerRecords({ clients, config, now }: Composition): void {
  register(contracts.beginRun, async () => {
    const { createBeginRun } = await import("../activities/begin-run.ts");
    return createBeginRun({
      runs: await clients.runs(),
      requests: await clients.requests(),
      pipelines: await clients.pipelines(),
      files: await clients.runFiles(),
      limits: config.limits,
    });
  });
  register(contracts.enterPhase, async () => {
    const { createEnterPhase } = await import("../activities/enter-phase.ts");
    return createEnterPhase(await clients.runs(), now);
  });
  register(contracts.endRun, async () => {
    const { createEndRun } = await import("../activities/end-run.ts");
    return createEndRun({ runs: await clients.runs(), requests: await clients.requests(), now });
  });
}

function registerData({ clients, config, urls }: Composition): void {
  register(contracts.freezeDataset, async () => {
    const { createFreezeDataset } = await import("../activities/freeze-dataset.ts");
    return createFreezeDataset({
      runs: await clients.runs(),
      requests: await clients.requests(),
      datasets: await clients.datasets(),
      files: await clients.runFiles(),
    });
  });
  register(contracts.prepareDataset, async () => {
    const { createPrepareDataset } = await import("../activities/prepare-dataset.ts");
    return createPrepareDataset({
      runs: await clients.runs(),
      versions: await clients.versions(),
      datasets: await clients.datasets(),
      files: await clients.runFiles(),
    });
  });
  register(contracts.preflight, async () => {
    const { createPreflight } = await import("../activities/preflight.ts");
    return createPreflight({
      files: await clients.runFiles(),
      adapters: await clients.adapters(),
      cluster: await clients.tuning(),
      serving: await clients.serving(),
      namespace: config.kubernetes.namespace,
      urls,
    });
  });
}

function registerTuning({ clients, config, urls, now }: Composition): void {
  register(contracts.startTuning, async () => {
    const { createStartTuning } = await import("../activities/start-tuning.ts");
    return createStartTuning({
      runs: await clients.runs(),
      files: await clients.runFiles(),
      adapters: await clients.adapters(),
      cluster: await clients.tuning(),
      namespace: config.kubernetes.namespace,
      urls,
    });
  });
  register(contracts.lookAtTuning, async () => {
    const { createLookAtTuning } = await import("../activities/look-at-tuning.ts");
    return createLookAtTuning({
      runs: await clients.runs(),
      adapters: await clients.adapters(),
      cluster: await clients.tuning(),
    });
  });
  register(contracts.saveTuningLog, async () => {
    const { createSaveTuningLog } = await import("../activities/save-tuning-log.ts");
    return createSaveTuningLog({
      files: await clients.runFiles(),
      cluster: await clients.tuning(),
    });
  });
  register(contracts.removeTuning, async () => {
    const { createRemoveTuning } = await import("../activities/remove-tuning.ts");
    return createRemoveTuning({ runs: await clients.runs(), cluster: await clients.tuning(), now });
  });
}

function registerVersions({ clients, now }: Composition): void {
  register(contracts.verifyAdapter, async () => {
    const { createVerifyAdapter } = await import("../activities/verify-adapter.ts");
    return createVerifyAdapter({
      files: await clients.runFiles(),
      adapters: await clients.adapters(),
    });
  });
  register(contracts.claimVersion, async () => {
    const { createClaimVersion } = await import("../activities/claim-version.ts");
    return createClaimVersion({
      runs: await clients.runs(),
      files: await clients.runFiles(),
      versions: await clients.versions(),
      now,
    });
  });
  register(contracts.publishVersion, async () => {
    const { createPublishVersion } = await import("../activities/publish-version.ts");
    return createPublishVersion({
      adapters: await clients.adapters(),
      versions: await clients.versions(),
    });
  });
  register(contracts.quarantineVersion, async () => {
    const { createQuarantineVersion } = await import("../activities/quarantine-version.ts");
    return createQuarantineVersion({ versions: await clients.versions(), now });
  });
}

function registerServing({ clients, config, now }: Composition): void {
  const common = lazily(async () => ({
    runs: await clients.runs(),
    files: await clients.runFiles(),
    versions: await clients.versions(),
    serving: await clients.serving(),
    adapters: await clients.adapters(),
    namespace: config.kubernetes.namespace,
  }));

  register(contracts.askBefore, async () => {
    const { createAskBefore } = await import("../activities/ask-before.ts");
    return createAskBefore(await common());
  });
  register(contracts.startRollout, async () => {
    const { createStartRollout } = await import("../activities/start-rollout.ts");
    return createStartRollout(await common());
  });
  register(contracts.lookAtServing, async () => {
    const { createLookAtServing } = await import("../activities/look-at-serving.ts");
    return createLookAtServing(await common());
  });
  register(contracts.verifyServing, async () => {
    const { createVerifyServing } = await import("../activities/verify-serving.ts");
    return createVerifyServing(await common());
  });
  register(contracts.recordRelease, async () => {
    const { createRecordRelease } = await import("../activities/record-release.ts");
    const { files, versions } = await common();
    return createRecordRelease({ files, versions, now });
  });
}
