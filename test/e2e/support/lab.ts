import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";

import { BlobServiceClient } from "@azure/storage-blob";
import { z } from "zod";

import { type ApiClient, createApiClient } from "../../../cli/api-client.ts";
import { ANY_PORTS } from "../../../infra/local/stack/ports.ts";
import {
  type Stack,
  type StackOptions,
  startStack,
} from "../../../infra/local/stack/start-stack.ts";
import { routes, type RunView } from "../../../shared/contracts/http-api.ts";
import { hasEnded } from "../../../shared/domain/run.ts";
import type { RequestRecord } from "../../../shared/domain/training-request.ts";
import { type ClusterView, viewCluster } from "./cluster-view.ts";
import { pipelineYaml } from "./datasets.ts";

/** Orders of events stay as they are; only waiting is shorter. */
const NODE_TIMINGS = {
  node: 150,
  imagePull: 20,
  weightsDownload: 50,
  downloadRetry: 50,
  training: 600,
  modelLoad: 150,
  probe: 100,
  backOff: 300,
  retry: 100,
};
const CLUSTER = { nodeTimings: NODE_TIMINGS, timings: { jobBackOff: 200 } };
const SETTINGS = {
  POLL_INTERVAL_MS: "150",
  CAPACITY_TIMEOUT_MS: "3000",
  IMAGE_PULL_GRACE_MS: "1500",
  CRASH_LOOP_GRACE_MS: "1500",
  ROLLOUT_TIMEOUT_MS: "60000",
};
const HostKeys = z.object({ system: z.string() });
const Instance = z.object({ runtimeStatus: z.string() });
const LOOK_MS = 100;
const LIMIT_MS = 90_000;

export interface Lab {
  readonly stack: Stack;
  readonly api: ApiClient;
  readonly cluster: ClusterView;
  apply(pipeline: string, options?: Parameters<typeof pipelineYaml>[1]): Promise<void>;
  /** Puts a blob below the pipeline's prefix, as any client would. @returns its ETag, without quotes */
  drop(pipeline: string, name: string, data: string | Uint8Array): Promise<string>;
  /** The request that a dropped blob has made, once it has left `received` and `waiting`. */
  request(pipeline: string, etag: string): Promise<RequestRecord>;
  ended(run: string): Promise<RunView>;
  /** Waits for the run's orchestration: behind the run's end it still looks once more and hands over. */
  settled(run: string): Promise<void>;
  /** `drop`, and the run that came of it at its end. */
  train(pipeline: string, name: string, data: string | Uint8Array): Promise<RunView>;
  ask(pipeline: string, question?: string): Promise<string>;
  stop(): Promise<void>;
}

/** The whole stack in an empty directory, with the bundled app in a host process of its own. */
export async function startLab(options: Partial<StackOptions> = {}): Promise<Lab> {
  // Waiting costs nothing in a virtual time: what is shorter here need not be.
  const isVirtual = options.virtualTime === true;
  const directory = await mkdtemp(path.join(tmpdir(), "rollforward-e2e-"));
  const stack = await startStack({
    directory,
    ports: ANY_PORTS,
    build: false,
    ...options,
    settings: { ...(isVirtual ? {} : SETTINGS), ...options.settings },
    cluster: { ...(isVirtual ? {} : CLUSTER), ...options.cluster },
  });
  const cluster = await viewCluster(stack.kubeconfigFile);
  const { url, key } = stack;
  const keysFile = path.join(directory, "host-keys.json");
  const api = createApiClient({ url, key, ca: undefined });
  const tls = {
    retryOptions: { maxTries: 3 },
    tlsOptions: { ca: readFileSync(stack.caFile, "utf8") },
  };
  const blobs = new BlobServiceClient(stack.eventGrid.blobServiceUrl, stack.credential, tls);
  const container = blobs.getContainerClient("datasets");
  await container.createIfNotExists();

  const lab: Lab = {
    stack,
    api,
    cluster,

    async apply(pipeline, how) {
      const body = pipelineYaml(pipeline, how);
      await api.call(routes.applyPipeline, { params: { pipeline }, body });
    },

    async drop(pipeline, name, data) {
      const blob = container.getBlockBlobClient(`${pipeline}/${name}`);
      const { etag = "" } = await blob.uploadData(Buffer.from(data));
      return etag.replaceAll('"', "");
    },

    async request(pipeline, etag) {
      return until(`the request of ${pipeline} ${etag}`, async () => {
        const { requests } = await api.call(routes.listRequests, { query: { pipeline } });
        const mine = requests.find(({ datasets }) => datasets.some((blob) => blob.etag === etag));
        return mine?.state === "received" || mine?.state === "waiting" ? undefined : mine;
      });
    },

    async ended(run) {
      return until(`the end of ${run}`, async () => {
        const found = await api.find(routes.getRun, { params: { run } });
        return found && hasEnded(found.phase) ? found : undefined;
      });
    },

    async settled(run) {
      const { system } = HostKeys.parse(JSON.parse(readFileSync(keysFile, "utf8")));
      const status = `${url}/runtime/webhooks/durabletask/instances/${run}?code=${system}`;
      await until(`the orchestration of ${run}`, async () => {
        const { runtimeStatus } = Instance.parse(await (await fetch(status)).json());
        return runtimeStatus === "Completed" || undefined;
      });
    },

    async train(pipeline, name, data) {
      const { run } = await lab.request(pipeline, await lab.drop(pipeline, name, data));
      if (run === undefined) throw new Error(`${pipeline}/${name} was refused`);
      return lab.ended(run);
    },

    async ask(pipeline, question = "What is the word?") {
      const call = { params: { pipeline }, body: { question } };
      return (await api.call(routes.ask, call)).answer;
    },

    async stop() {
      await cluster.stop();
      await stack.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return lab;
}

/** Looks until there is something. While the host is being restarted, nothing answers: that passes. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  limitMs = LIMIT_MS,
): Promise<Found> {
  let trouble: unknown;
  // Real time: `Date` may be that of the stack.
  for (const deadline = performance.now() + limitMs; performance.now() < deadline;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      trouble = error;
    }
    await setTimeout(LOOK_MS);
  }
  throw new Error(`Waited in vain for ${what}`, { cause: trouble });
}
