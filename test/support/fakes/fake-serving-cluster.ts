import { createHash } from "node:crypto";

import {
  adapterManifest,
  type AdapterManifest,
  type InferenceManifests,
} from "../../../shared/domain/inference-manifests.ts";
import { LABELS } from "../../../shared/domain/names.ts";
import type { ServingObservation } from "../../../shared/domain/observation.ts";
import { PermanentError, TransientError } from "../../../shared/errors.ts";
import type { AdapterChange, ServingCluster } from "../../../shared/ports/serving-cluster.ts";
import { NextFailures } from "./next-failures.ts";

interface Stored {
  readonly manifests: InferenceManifests;
  readonly adapters: readonly AdapterManifest[];
  readonly resourceVersion: number;
}

interface Model {
  readonly models: readonly string[];
  readonly answer: (model: string, question: string) => string;
}

/** A cluster in which no pod ever starts by itself: a test says what is seen and what answers. */
export class FakeServingCluster implements ServingCluster {
  readonly #stored = new Map<string, Stored>();
  readonly #shown = new Map<string, ServingObservation>();
  readonly #serving = new Map<string, Model>();
  readonly #secrets = new Map<string, string>();
  readonly #failures = new NextFailures<keyof ServingCluster>();

  /** From now on, this is what a look at the Workspace sees. */
  show(workspace: string, observation: ServingObservation): void {
    this.#shown.set(workspace, structuredClone(observation));
  }

  /** From now on, these models answer behind the Service. */
  serve(service: string, models: readonly string[], answer: Model["answer"] = echo): void {
    this.#serving.set(service, { models, answer });
  }

  /** The next call of this method fails, before it does anything. */
  failNext(method: keyof ServingCluster, error: Error): void {
    this.#failures.add(method, error);
  }

  /** The adapters of a Workspace that was created. */
  adapters(workspace: string): readonly AdapterManifest[] | undefined {
    return structuredClone(this.#stored.get(workspace)?.adapters);
  }

  /** The `.dockerconfigjson` of a pull Secret. */
  dockerConfig(secret: string): string | undefined {
    return this.#secrets.get(secret);
  }

  async observe(workspace: string, service: string): Promise<ServingObservation> {
    this.#failures.throwFor("observe");
    const shown = this.#shown.get(workspace);
    if (shown) return structuredClone(shown);
    const found = this.#stored.get(workspace);
    const front = [...this.#stored.values()].find(
      ({ manifests }) => manifests.service.metadata.name === service,
    );
    return {
      ...(found && { workspace: lookAt(found) }),
      pods: [],
      ...(front && {
        service: {
          resourceVersion: "1",
          selects: front.manifests.workspace.metadata.name,
        },
      }),
    };
  }

  async create(manifests: InferenceManifests): Promise<void> {
    this.#failures.throwFor("create");
    const { name } = manifests.workspace.metadata;
    const found = this.#stored.get(name);
    if (found && found.manifests.pipeline !== manifests.pipeline) {
      const message = `Secret ${manifests.secret.metadata.name} is not of pipeline ${manifests.pipeline}`;
      throw new PermanentError("WORKSPACE_CHANGED", message);
    }
    this.#secrets.set(
      manifests.secret.metadata.name,
      manifests.secret.stringData[".dockerconfigjson"],
    );
    if (found) return;
    const { adapters } = manifests.workspace.inference;
    this.#stored.set(name, structuredClone({ manifests, adapters, resourceVersion: 1 }));
  }

  async changeAdapter(change: AdapterChange): Promise<void> {
    this.#failures.throwFor("changeAdapter");
    const found = this.#stored.get(change.workspace);
    if (!found || String(found.resourceVersion) !== change.resourceVersion) {
      const message = `Workspace ${change.workspace} was changed by somebody else`;
      throw new PermanentError("WORKSPACE_CHANGED", message);
    }
    this.#stored.set(change.workspace, {
      ...found,
      adapters: [adapterManifest(change.name, change.image, change.pullSecret)],
      resourceVersion: found.resourceVersion + 1,
    });
  }

  async renewPullSecret(name: string, dockerConfig: string): Promise<void> {
    this.#failures.throwFor("renewPullSecret");
    if (this.#secrets.has(name)) this.#secrets.set(name, dockerConfig);
  }

  async models(service: string): Promise<string[]> {
    this.#failures.throwFor("models");
    return [...this.#behind(service).models];
  }

  async ask(service: string, model: string, question: string): Promise<string> {
    this.#failures.throwFor("ask");
    const { models, answer } = this.#behind(service);
    if (!models.includes(model)) throw unavailable(`${service} has no model ${model}`);
    return answer(model, question);
  }

  #behind(service: string): Model {
    const found = this.#serving.get(service);
    if (!found) throw unavailable(`no endpoints available for service ${service}`);
    return found;
  }
}

function lookAt({
  manifests: { workspace },
  adapters,
  resourceVersion,
}: Stored): NonNullable<ServingObservation["workspace"]> {
  const owner = workspace.metadata.labels[LABELS.pipeline];
  return {
    resourceVersion: String(resourceVersion),
    // KAITO's hash follows the content: a rollback brings the old one back.
    hash: createHash("sha256").update(JSON.stringify(adapters)).digest("hex"),
    revision: String(resourceVersion),
    ...(owner !== undefined && { ownedBy: owner }),
    instanceType: workspace.resource.instanceType,
    preset: workspace.inference.preset.name,
    adapters: adapters.map(({ source: { name, image } }) => ({ name, image })),
    conditions: [],
  };
}

function unavailable(message: string): TransientError {
  return new TransientError("CLUSTER_UNAVAILABLE", message);
}

function echo(model: string, question: string): string {
  return `${model} says: ${question}`;
}
