import type { TuningObservation } from "../domain/observation.ts";
import type { TuningManifests } from "../domain/tuning-manifests.ts";

/** A tuning object that stands in the cluster, whoever's run it is. */
export interface TuningObject {
  readonly kind: "Workspace" | "Secret" | "ConfigMap" | "Job" | "Pod" | "Node";
  readonly name: string;
  /** The run that made it, by its label. */
  readonly run: string;
  readonly createdAt: string;
}

/** The cluster as the tuning half of a run needs it. */
export interface TuningCluster {
  /** Checks the manifests with the cluster's own admission, without creating anything. */
  preflight(manifests: TuningManifests): Promise<void>;

  /**
   * Creates ConfigMap, Workspace and push Secret, or finds those of the same run.
   *
   * The Workspace comes first among equals: Secret and ConfigMap get it as their owner, so that its
   * deletion takes them along.
   *
   * @throws {PermanentError} `WORKSPACE_CHANGED` if an object of that name is not this run's
   */
  create(manifests: TuningManifests): Promise<void>;

  /** Looks once. */
  observe(name: string): Promise<TuningObservation>;

  /** The trainer's log from its pod, its last `maxBytes`; empty when there is none yet. */
  trainerLog(name: string, maxBytes: number): Promise<string>;

  /** The end of another container's log: `pusher`, `data-downloader`. Empty when there is none. */
  containerLog(name: string, container: string, maxBytes: number): Promise<string>;

  /** Puts fresh credentials into the run's push Secret. Does nothing if it is gone. */
  renewPushSecret(name: string, dockerConfig: string): Promise<void>;

  /**
   * Deletes the run's tuning objects, if they carry the run's label.
   *
   * @returns what is still there, in words; empty when all of it is gone
   */
  remove(name: string, run: string): Promise<string[]>;

  /** Everything with `rollforward.dev/role: tuning`, with the nodes that serve such Workspaces. */
  objects(): Promise<TuningObject[]>;
}
