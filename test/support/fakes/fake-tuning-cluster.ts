import { LABELS } from "../../../shared/domain/names.ts";
import type { TuningObservation } from "../../../shared/domain/observation.ts";
import type { TuningManifests } from "../../../shared/domain/tuning-manifests.ts";
import { PermanentError } from "../../../shared/errors.ts";
import type { TuningCluster, TuningObject } from "../../../shared/ports/tuning-cluster.ts";
import { NextFailures } from "./next-failures.ts";

interface Stored {
  readonly manifests: TuningManifests;
  readonly run: string;
  readonly createdAt: string;
}

/** A cluster in which nothing happens by itself: a test says what is to be seen. */
export class FakeTuningCluster implements TuningCluster {
  readonly #stored = new Map<string, Stored>();
  readonly #shown = new Map<string, TuningObservation>();
  readonly #logs = new Map<string, string>();
  readonly #others: TuningObject[] = [];
  readonly #failures = new NextFailures<keyof TuningCluster>();
  #remaining: readonly string[] = [];
  readonly #createdAt: () => string;

  constructor(createdAt: () => string = () => new Date().toISOString()) {
    this.#createdAt = createdAt;
  }

  /** From now on, this is what a look at the tuning of that name sees. */
  show(name: string, observation: TuningObservation): void {
    this.#shown.set(name, structuredClone(observation));
  }

  writeLog(name: string, container: string, log: string): void {
    this.#logs.set(`${name}/${container}`, log);
  }

  /** Adds an object that `create` does not make: a node, a Job, an orphan. */
  add(object: TuningObject): void {
    this.#others.push(object);
  }

  /** The next call of this method fails, before it does anything. */
  failNext(method: keyof TuningCluster, error: Error): void {
    this.#failures.add(method, error);
  }

  /** What `remove` says is still there; nothing to end it. */
  leaveBehind(...words: readonly string[]): void {
    this.#remaining = words;
  }

  /** What was created under this name and stands, with the Secret as it was renewed last. */
  manifests(name: string): TuningManifests | undefined {
    return structuredClone(this.#stored.get(name)?.manifests);
  }

  async preflight(manifests: TuningManifests): Promise<void> {
    this.#failures.throwFor("preflight");
    admit(manifests);
  }

  async create(manifests: TuningManifests): Promise<void> {
    this.#failures.throwFor("create");
    const { name } = manifests.workspace.metadata;
    const found = this.#stored.get(name);
    if (found && found.run !== manifests.run) {
      const message = `Workspace ${name} is not of run ${manifests.run}`;
      throw new PermanentError("WORKSPACE_CHANGED", message);
    }
    admit(manifests);
    this.#stored.set(name, {
      // What exists stays; only the credentials are fresh.
      manifests: structuredClone({
        ...(found?.manifests ?? manifests),
        secret: manifests.secret,
      }),
      run: manifests.workspace.metadata.labels[LABELS.run] ?? "",
      createdAt: found?.createdAt ?? this.#createdAt(),
    });
  }

  async observe(name: string): Promise<TuningObservation> {
    this.#failures.throwFor("observe");
    const shown = this.#shown.get(name);
    if (shown) return structuredClone(shown);
    const stored = this.#stored.get(name);
    if (!stored) return {};
    return { workspace: { createdAt: stored.createdAt, deleting: false, conditions: [] } };
  }

  async trainerLog(name: string, maxBytes: number): Promise<string> {
    this.#failures.throwFor("trainerLog");
    return this.#tail(name, name, maxBytes);
  }

  async containerLog(name: string, container: string, maxBytes: number): Promise<string> {
    this.#failures.throwFor("containerLog");
    return this.#tail(name, container, maxBytes);
  }

  async renewPushSecret(name: string, dockerConfig: string): Promise<void> {
    this.#failures.throwFor("renewPushSecret");
    const found = this.#stored.get(name);
    if (!found) return;
    const { manifests } = found;
    const secret = { ...manifests.secret, stringData: { ".dockerconfigjson": dockerConfig } };
    this.#stored.set(name, { ...found, manifests: { ...manifests, secret } });
  }

  async remove(name: string, run: string): Promise<string[]> {
    this.#failures.throwFor("remove");
    const found = this.#stored.get(name);
    if (found?.run === run) {
      this.#stored.delete(name);
      this.#shown.delete(name);
    }
    return [...this.#remaining];
  }

  async objects(): Promise<TuningObject[]> {
    this.#failures.throwFor("objects");
    const made = [...this.#stored].flatMap(([name, { run, createdAt }]) => [
      { kind: "Workspace" as const, name, run, createdAt },
      { kind: "ConfigMap" as const, name, run, createdAt },
    ]);
    return structuredClone([...made, ...this.#others]);
  }

  #tail(name: string, container: string, maxBytes: number): string {
    const bytes = Buffer.from(this.#logs.get(`${name}/${container}`) ?? "");
    return bytes.subarray(Math.max(0, bytes.length - maxBytes)).toString("utf8");
  }
}

/** One rule of KAITO's admission stands for all of them. */
function admit({ workspace }: TuningManifests): void {
  const bad = workspace.tuning.input.urls.some((url) => !/^https?:/.test(url));
  if (bad) {
    throw new PermanentError("PIPELINE_INVALID", "data source URL must use HTTP or HTTPS");
  }
}
