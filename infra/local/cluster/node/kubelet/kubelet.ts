import type { V1Pod } from "@kubernetes/client-node";

import { whileBusy } from "../../../program/clock/busy.ts";
import { describeError } from "../api/cluster-client.ts";
import { watchList, type WatchedList } from "../api/watched-list.ts";
import { isOurNode } from "../provisioner/node-claim.ts";
import type { ContainerRecord } from "./container-record.ts";
import { deletePod } from "./delete-pod.ts";
import type { KubeletServices } from "./kubelet-services.ts";
import { PodRun } from "./pod-run.ts";

/** Runs the pods that are bound to nodes of this program. One kubelet serves all nodes. */
export class Kubelet {
  readonly #services: KubeletServices;
  readonly #runs = new Map<string, PodRun>();
  readonly #watched: WatchedList<V1Pod>;
  readonly #evictions = new Set<string>();
  readonly #deleting = new Set<string>();
  #stopped = false;

  constructor(services: Omit<KubeletServices, "claimEviction">) {
    this.#services = {
      ...services,
      claimEviction: (namespace, workspace) => this.#claimEviction(namespace, workspace),
    };
    this.#watched = watchList<V1Pod>({
      client: services.client,
      path: "/api/v1/pods",
      list: () => services.client.core.listPodForAllNamespaces(),
      onChange: () => this.#reconcile(),
      onSeen: services.onSeen,
      log: services.log,
    });
  }

  /** For the log endpoint. */
  container(namespace: string, pod: string, container: string): ContainerRecord | undefined {
    const runs = [...this.#runs.values()];
    const run = runs.findLast((each) => each.namespace === namespace && each.name === pod);
    return run?.container(container);
  }

  /** Ends the pods of a node whose machine goes, and deletes them. */
  async drain(nodeName: string): Promise<void> {
    const runs = [...this.#runs.values()].filter((run) => run.nodeName === nodeName);
    await Promise.all(runs.map((run) => run.terminate()));
    const ended = this.#pods().filter((pod) => pod.spec?.nodeName === nodeName);
    await Promise.all(ended.map((pod) => this.#delete(pod)));
  }

  /** A node is reachable again: do what it missed. */
  catchUp(): void {
    for (const run of this.#runs.values()) run.publish();
    this.#reconcile();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watched.stop();
    await Promise.all(Array.from(this.#runs.values(), (run) => run.abandon()));
  }

  #pods(): readonly V1Pod[] {
    return (this.#watched.items() ?? []).filter((pod) => isOurNode(pod.spec?.nodeName));
  }

  #reconcile(): void {
    if (this.#watched.items() === undefined || this.#stopped) return;
    const pods = this.#pods();
    const present = new Set(pods.map((pod) => pod.metadata?.uid));
    for (const [uid, run] of this.#runs) {
      if (!present.has(uid)) this.#forget(run);
    }
    for (const pod of pods) {
      if (!this.#services.nodes.isLost(pod.spec?.nodeName ?? "")) this.#handle(pod);
    }
  }

  #handle(pod: V1Pod): void {
    const { uid = "", deletionTimestamp } = pod.metadata ?? {};
    const run = this.#runs.get(uid);
    run?.update(pod);
    if (deletionTimestamp === undefined) {
      if (!run && !hasEnded(pod)) this.#start(pod, uid);
    } else if (run) {
      this.#terminate(run);
    } else {
      this.#delete(pod).catch((error: unknown) => this.#complain(pod, error));
    }
  }

  #start(pod: V1Pod, uid: string): void {
    const run = new PodRun(pod, this.#services);
    this.#runs.set(uid, run);
    run.start();
  }

  #terminate(run: PodRun): void {
    run.terminate().catch((error: unknown) => {
      this.#services.log(`ending pod ${run.namespace}/${run.name}: ${describeError(error)}`);
    });
  }

  #forget(run: PodRun): void {
    this.#runs.delete(run.uid);
    void run.abandon();
  }

  /** Deletes a pod that does not run here: it ended before, or this program was started again. */
  async #delete(pod: V1Pod): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
    if (this.#deleting.has(uid)) return;
    this.#deleting.add(uid);
    try {
      const { client, clock } = this.#services;
      await whileBusy(clock, () => deletePod(client, namespace, name, uid));
    } finally {
      this.#deleting.delete(uid);
    }
  }

  #complain(pod: V1Pod, error: unknown): void {
    this.#services.log(`deleting pod ${pod.metadata?.name ?? ""}: ${describeError(error)}`);
  }

  #claimEviction(namespace: string, workspace: string): boolean {
    const key = `${namespace}/${workspace}`;
    const before = this.#pods().some(
      ({ metadata, status }) =>
        status?.reason === "Evicted" &&
        metadata?.namespace === namespace &&
        metadata.labels?.["kaito.sh/workspace"] === workspace,
    );
    if (before || this.#evictions.has(key)) return false;
    this.#evictions.add(key);
    return true;
  }
}

function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}
