import {
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  makeInformer,
} from "@kubernetes/client-node";
import { z } from "zod";

import type { FaultRule } from "../../../infra/local/cluster/node/faults/fault-rule.ts";

const NAMESPACE = "ml";
const WORKSPACES = {
  group: "kaito.sh",
  version: "v1beta1",
  namespace: NAMESPACE,
  plural: "workspaces",
};

const Workspace = z.object({
  metadata: z.object({
    name: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
  inference: z
    .object({ adapters: z.array(z.object({ source: z.object({ image: z.string() }) })) })
    .optional(),
});
export type Workspace = z.infer<typeof Workspace>;

/** In a watch the client leaves times as they came, whatever its types say. */
const JobTimes = z.object({
  startTime: z.coerce.date().optional(),
  completionTime: z.coerce.date().optional(),
});
export type JobTimes = z.infer<typeof JobTimes>;

/** The cluster as its administrator sees it: the app's own word for nothing is taken here. */
export interface ClusterView {
  /** Names of all Workspaces that were ever created, one entry for each creation. */
  readonly created: readonly string[];
  /** When a Job began and completed, by its name; also of Jobs that are gone. */
  readonly jobTimes: ReadonlyMap<string, JobTimes>;
  /** More faults from now on; the first rule that matches a Workspace holds. */
  addFaults(...rules: readonly FaultRule[]): Promise<void>;
  workspaces(): Promise<Workspace[]>;
  /** Kinds and names of all that was made for tunings of this pipeline and still stands. */
  tuningObjects(pipeline: string): Promise<string[]>;
  /** The Workspace that the stable Service selects. */
  selected(service: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function viewCluster(kubeconfigFile: string): Promise<ClusterView> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  const core = config.makeApiClient(CoreV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);
  const faults: FaultRule[] = [];
  const created: string[] = [];
  const jobTimes = new Map<string, JobTimes>();
  let isStopped = false;
  const watching = makeInformer(
    config,
    `/apis/kaito.sh/v1beta1/namespaces/${NAMESPACE}/workspaces`,
    () => custom.listNamespacedCustomObject(WORKSPACES),
  );
  watching.on("add", ({ metadata }) => created.push(metadata?.name ?? ""));
  const watchingJobs = makeInformer(config, `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`, () =>
    batch.listNamespacedJob({ namespace: NAMESPACE }),
  );
  watchingJobs.on("update", ({ metadata, status }) =>
    jobTimes.set(metadata?.name ?? "", JobTimes.parse(status ?? {})),
  );
  for (const informer of [watching, watchingJobs]) {
    // A watch on which nothing happens is ended by the client after half a minute.
    informer.on("error", () => {
      if (!isStopped) void informer.start().catch(() => undefined);
    });
    await informer.start();
  }

  async function workspaces(): Promise<Workspace[]> {
    const list = await custom.listNamespacedCustomObject(WORKSPACES);
    return z.object({ items: z.array(Workspace) }).parse(list).items;
  }

  return {
    created,
    jobTimes,
    workspaces,

    async addFaults(...rules) {
      faults.push(...rules);
      const metadata = { namespace: "kube-system", name: "fake-gpu-node" };
      const body = { metadata, data: { "rules.yaml": JSON.stringify(faults) } };
      await core
        .createNamespacedConfigMap({ namespace: metadata.namespace, body })
        .catch(async () => core.replaceNamespacedConfigMap({ ...metadata, body }));
    },

    async tuningObjects(pipeline) {
      const prefix = `rf-${pipeline}-`;
      const [found, jobs, pods, secrets, configMaps, nodes] = await Promise.all([
        workspaces(),
        batch.listNamespacedJob({ namespace: NAMESPACE }),
        core.listNamespacedPod({ namespace: NAMESPACE }),
        core.listNamespacedSecret({ namespace: NAMESPACE }),
        core.listNamespacedConfigMap({ namespace: NAMESPACE }),
        core.listNode(),
      ]);
      const named = { Workspace: found, Job: jobs.items, Pod: pods.items };
      const more = { Secret: secrets.items, ConfigMap: configMaps.items };
      return [
        ...Object.entries({ ...named, ...more }).flatMap(([kind, items]) =>
          items
            .map(({ metadata }) => metadata?.name ?? "")
            .filter((name) => name.startsWith(prefix))
            .map((name) => `${kind} ${name}`),
        ),
        ...nodes.items
          .filter(({ metadata }) => metadata?.labels?.["kaito.sh/workspace"]?.startsWith(prefix))
          .map(({ metadata }) => `Node of ${metadata?.labels?.["kaito.sh/workspace"]}`),
      ];
    },

    async selected(service) {
      const { spec } = await core.readNamespacedService({ namespace: NAMESPACE, name: service });
      return spec?.selector?.["kaito.sh/workspace"];
    },

    async stop() {
      isStopped = true;
      await Promise.all([watching.stop(), watchingJobs.stop()]);
    },
  };
}
