import { app, output } from "@azure/functions";
import { getClient, input } from "durable-functions";

import hostJson from "../../host.json" with { type: "json" };
import type { Config } from "../../shared/config.ts";
import { createDurableEngine } from "../triggers/durable-engine.ts";
import type { Clients } from "./clients.ts";
import { lazily } from "./lazily.ts";

interface Composition {
  readonly config: Config;
  readonly clients: Clients;
  readonly now: () => Date;
}

/** The connection's settings are `RollforwardStorage__queueServiceUri` and so on: no connection string. */
const CONNECTION = "RollforwardStorage";
const MAX_DEQUEUE_COUNT = hostJson.extensions.queues.maxDequeueCount;

export function registerTriggers(composition: Composition): void {
  registerEvents(composition);
  registerTimers(composition);
}

function registerEvents({ clients, now }: Composition): void {
  const poison = output.storageQueue({
    queueName: "%DATASET_EVENTS_QUEUE%-poison",
    connection: CONNECTION,
  });
  const uploaded = lazily(async () => {
    const { createDatasetUploaded } = await import("../triggers/dataset-uploaded.ts");
    return createDatasetUploaded({
      pipelines: await clients.pipelines(),
      requests: await clients.requests(),
      now,
    });
  });
  app.storageQueue("datasetUploaded", {
    queueName: "%DATASET_EVENTS_QUEUE%",
    connection: CONNECTION,
    extraInputs: [input.durableClient()],
    extraOutputs: [poison],
    handler: async (content, context) => {
      const messageId = context.triggerMetadata?.["id"];
      const id = typeof messageId === "string" ? messageId : context.invocationId;
      const engine = createDurableEngine(getClient(context));
      const isLastTry = Number(context.triggerMetadata?.["dequeueCount"]) >= MAX_DEQUEUE_COUNT;
      const taken = await (await uploaded())({ id, content, isLastTry }, engine);
      if (taken.kind === "taken") return;
      context.warn(`Message ${id} goes to the poison queue: ${taken.reason}`);
      context.extraOutputs.set(poison, { reason: taken.reason, message: content });
    },
  });
}

function registerTimers({ config, clients, now }: Composition): void {
  const sweep = lazily(async () => {
    const { createSweep } = await import("../triggers/sweep.ts");
    return createSweep({
      requests: await clients.requests(),
      runs: await clients.runs(),
      cluster: await clients.tuning(),
      adapters: await clients.adapters(),
      versions: await clients.versions(),
      staleAfterMs: config.sweepAfterMs,
      pauseMs: config.limits.pollIntervalMs,
      now,
    });
  });
  app.timer("sweep", {
    schedule: "0 */5 * * * *",
    runOnStartup: true,
    extraInputs: [input.durableClient()],
    handler: async (_timer, context) => {
      const swept = await (await sweep())(createDurableEngine(getClient(context)));
      for (const line of swept) context.log(`Sweep ${line}`);
    },
  });

  const renew = lazily(async () => {
    const { createRenewPullSecrets } = await import("../triggers/renew-pull-secrets.ts");
    return createRenewPullSecrets({
      pipelines: await clients.pipelines(),
      versions: await clients.versions(),
      adapters: await clients.adapters(),
      serving: await clients.serving(),
    });
  });
  app.timer("renewPullSecrets", {
    schedule: "0 30 * * * *",
    handler: async (_timer, context) => {
      const failed = await (await renew())();
      for (const line of failed) context.warn(`The pull Secret was not renewed: ${line}`);
    },
  });
}
