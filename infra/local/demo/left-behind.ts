import {
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type V1ObjectMeta,
} from "@kubernetes/client-node";
import { z } from "zod";

const FAULTS = { namespace: "kube-system", name: "fake-gpu-node" } as const;
const ROLE = "rollforward.dev/role";
const RUN = "rollforward.dev/run";
const WORKSPACE = "kaito.sh/workspace";

const Workspaces = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).optional(),
      }),
    }),
  ),
});

/** The cluster as its administrator sees it, beside the app. */
export interface ClusterView {
  /** From now on the trainer of this run crashes half-way. */
  crashTrainingOf(run: string): Promise<void>;
  /** What still stands of the run's tuning: Workspace, Job, pods, Secrets, GPU nodes. */
  leftBehind(run: string): Promise<string[]>;
}

export function viewCluster(kubeconfigFile: string, namespace: string): ClusterView {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigFile);
  const core = config.makeApiClient(CoreV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const custom = config.makeApiClient(CustomObjectsApi);

  return {
    async crashTrainingOf(run) {
      const rules = JSON.stringify([{ workspace: `rf-${run}`, fault: "trainer-exits" }]);
      await core.createNamespacedConfigMap({
        namespace: FAULTS.namespace,
        body: { metadata: { name: FAULTS.name }, data: { "rules.yaml": rules } },
      });
    },

    async leftBehind(run) {
      const workspace = `rf-${run}`;
      const ofWorkspace = { namespace, labelSelector: `${WORKSPACE}=${workspace}` };
      const ofRun = { namespace, labelSelector: `${ROLE}=tuning,${RUN}=${run}` };
      const [workspaces, jobs, pods, secrets, nodes] = await Promise.all([
        custom.listNamespacedCustomObject({
          group: "kaito.sh",
          version: "v1beta1",
          namespace,
          plural: "workspaces",
        }),
        batch.listNamespacedJob(ofWorkspace),
        core.listNamespacedPod(ofWorkspace),
        core.listNamespacedSecret(ofRun),
        core.listNode({ labelSelector: `${WORKSPACE}=${workspace}` }),
      ]);
      return [
        ...Workspaces.parse(workspaces)
          .items.filter(({ metadata }) => metadata.labels?.[RUN] === run)
          .map(({ metadata }) => `Workspace ${metadata.name}`),
        ...named("Job", jobs.items),
        ...named("Pod", pods.items),
        ...named("Secret", secrets.items),
        ...named("Node", nodes.items),
      ];
    },
  };
}

function named(kind: string, items: readonly { readonly metadata?: V1ObjectMeta }[]): string[] {
  return items.map(({ metadata }) => `${kind} ${metadata?.name ?? "?"}`);
}
