import type { ServingObservation } from "../domain/observation.ts";
import type { InferenceManifests } from "../domain/inference-manifests.ts";

export interface AdapterChange {
  readonly workspace: string;
  /** Name of the adapter in the Workspace: the model id that clients send. */
  readonly name: string;
  readonly image: string;
  readonly pullSecret: string;
  /** The change goes through only if the Workspace is still this one. */
  readonly resourceVersion: string;
}

/** The cluster as the serving half of a run needs it. */
export interface ServingCluster {
  /** Looks once at a serving Workspace and at the stable Service of that name. */
  observe(workspace: string, service: string): Promise<ServingObservation>;

  /**
   * Creates pull Secret, Workspace and stable Service, or finds ours.
   *
   * @throws {PermanentError} `WORKSPACE_CHANGED` if an object of that name is somebody else's
   */
  create(manifests: InferenceManifests): Promise<void>;

  /**
   * Replaces the adapters by this one (JSON merge patch with the resourceVersion).
   *
   * @throws {PermanentError} `WORKSPACE_CHANGED` if the Workspace was changed since it was observed
   */
  changeAdapter(change: AdapterChange): Promise<void>;

  /** Puts fresh credentials into the pull Secret: a serving pod pulls again at each restart. */
  renewPullSecret(name: string, dockerConfig: string): Promise<void>;

  /** Model ids that `GET /v1/models` lists through the stable Service. */
  models(service: string): Promise<string[]>;

  /** Asks one question (temperature 0, fixed seed) through the stable Service. */
  ask(service: string, model: string, question: string): Promise<string>;
}
