import type { KubeObject } from "../../objects/kube-object.ts";
import { idOf, type Resource } from "../resource.ts";

export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly resource: Resource;
  readonly object: KubeObject;
  /** The object before a modification: a watch with a selector needs it. */
  readonly previous?: KubeObject;
}

/** Where changes are kept so that a stop loses nothing. */
export interface Journal {
  readonly revision: number;
  load(): Iterable<{ readonly resourceId: string; readonly object: KubeObject }>;
  save(change: Change): void;
  close(): void;
}

/** Changes that a watch can still be told about; an older starting point is "too old". */
const REMEMBERED_CHANGES = 4000;

/** Objects by resource, namespace and name, under one counter of revisions (as etcd keeps them). */
export class Store {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #journal: Journal | undefined;
  #changes: Change[] = [];
  #revision: number;
  #oldest: number;

  constructor(journal?: Journal) {
    this.#journal = journal;
    this.#revision = journal?.revision ?? 1;
    this.#oldest = this.#revision;
    for (const { resourceId, object } of journal?.load() ?? []) {
      this.#table(resourceId).set(keyOf(object.metadata.namespace, object.metadata.name), object);
    }
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#table(idOf(resource)).get(keyOf(namespace, name));
  }

  /** In the order of namespace and name, as etcd's keys are. */
  list(resource: Resource, namespace?: string): KubeObject[] {
    const table = this.#table(idOf(resource));
    const all = [...table].toSorted(([left], [right]) => (left < right ? -1 : 1));
    return all.flatMap(([, object]) =>
      namespace === undefined || object.metadata.namespace === namespace ? [object] : [],
    );
  }

  /** Adds or replaces an object; the stored copy has the new revision. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const table = this.#table(idOf(resource));
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    const previous = table.get(key);
    const stored = this.#stamp(object);
    table.set(key, stored);
    this.#publish({
      type: previous ? "MODIFIED" : "ADDED",
      revision: this.#revision,
      resource,
      object: stored,
      ...(previous && { previous }),
    });
    return stored;
  }

  /** Removes an object. @returns its last state, under the revision of the removal */
  remove(resource: Resource, object: KubeObject): KubeObject {
    const last = this.#stamp(object);
    this.#table(idOf(resource)).delete(keyOf(object.metadata.namespace, object.metadata.name));
    this.#publish({ type: "DELETED", revision: this.#revision, resource, object: last });
    return last;
  }

  /** What happened after a revision; undefined if that is not remembered any more. */
  changesSince(revision: number): readonly Change[] | undefined {
    if (revision < this.#oldest) return undefined;
    return this.#changes.filter((change) => change.revision > revision);
  }

  /** Calls back at each change, before the writer goes on. @returns a function that ends it */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
    this.#journal?.close();
  }

  #stamp(object: KubeObject): KubeObject {
    this.#revision += 1;
    const resourceVersion = String(this.#revision);
    return { ...object, metadata: { ...object.metadata, resourceVersion } };
  }

  #publish(change: Change): void {
    this.#journal?.save(change);
    this.#changes.push(change);
    if (this.#changes.length > REMEMBERED_CHANGES * 1.25) {
      this.#changes = this.#changes.slice(-REMEMBERED_CHANGES);
      this.#oldest = (this.#changes[0]?.revision ?? this.#revision) - 1;
    }
    for (const listener of this.#listeners) listener(change);
  }

  #table(resourceId: string): Map<string, KubeObject> {
    const known = this.#objects.get(resourceId);
    if (known) return known;
    const table = new Map<string, KubeObject>();
    this.#objects.set(resourceId, table);
    return table;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}/${name}`;
}
