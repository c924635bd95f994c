import { randomUUID } from "node:crypto";

import { isSameJson } from "../../objects/deep-equal.ts";
import { apiTime, type KubeObject, type Metadata } from "../../objects/kube-object.ts";
import { parseObject } from "../../objects/parse-object.ts";
import { alreadyExists, badRequest, forbidden, invalid, notFound } from "../api-error.ts";
import { apiVersionOf, hasStatus, type Resource } from "../resource.ts";
import { NAMESPACES } from "../resources/core-resources.ts";
import type { Store } from "../store/store.ts";
import { type Admit, checkContent } from "./check-content.ts";
import { type DeleteOptions, isReleased, planDeletion } from "./deletion.ts";
import { generateName, metadataProblems } from "./names.ts";
import { applyChange, refuseStale } from "./update.ts";

export interface WriteOptions {
  readonly dryRun?: boolean | undefined;
  /** Refuse fields that a custom resource does not have, instead of dropping them. */
  readonly strict?: boolean | undefined;
  /** Told about fields that were dropped. */
  readonly warn?: ((field: string) => void) | undefined;
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: "status" | undefined;
}

/**
 * What the API does with objects, whoever asks: clients over HTTP, and the controllers directly.
 *
 * Everything is synchronous, so each write is atomic.
 */
export class Registry {
  readonly store: Store;
  readonly #admit: ReadonlyMap<string, Admit>;

  /** @param admit - what is asked before a write, by plural name: the webhooks */
  constructor(store: Store, admit: ReadonlyMap<string, Admit> = new Map()) {
    this.store = store;
    this.#admit = admit;
  }

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.store.get(resource, namespace, name);
  }

  /** @throws {ApiError} 404 */
  get(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const found = this.find(resource, namespace, name);
    if (!found) throw notFound(resource, name);
    return found;
  }

  list(resource: Resource, namespace?: string): KubeObject[] {
    return this.store.list(resource, namespace);
  }

  /** @throws {ApiError} if the object is refused */
  create(
    resource: Resource,
    namespace: string | undefined,
    document: unknown,
    options: WriteOptions = {},
  ): KubeObject {
    const named = this.#name(resource, namespace, parseObject(document));
    const problems = metadataProblems(named.metadata);
    if (problems.length > 0) throw invalid(resource, named.metadata.name, problems);
    this.#requireNamespace(resource, namespace, named.metadata.name);
    const checked = checkContent(resource, resource.prepare?.(named) ?? named, undefined, options);
    if (this.store.get(resource, namespace, named.metadata.name)) {
      throw alreadyExists(resource, named.metadata.name);
    }
    this.#admit.get(resource.plural)?.(checked, undefined);
    return options.dryRun ? checked : this.store.put(resource, checked);
  }

  /**
   * Replaces an object. Its `resourceVersion` and `uid`, where given, must be the current ones.
   *
   * @throws {ApiError} if it is gone, changed meanwhile, or refused
   */
  update(resource: Resource, document: unknown, options: UpdateOptions = {}): KubeObject {
    const wanted = parseObject(document);
    const { namespace, name } = wanted.metadata;
    const current = this.get(resource, resource.namespaced ? namespace : undefined, name);
    refuseStale(resource, wanted, current);
    const next = applyChange(resource, wanted, current, options.subresource);
    if (isSameJson(next, current)) return current;
    const problems = metadataProblems(next.metadata);
    if (problems.length > 0) throw invalid(resource, name, problems);
    const checked = checkContent(resource, next, current, options);
    this.#admit.get(resource.plural)?.(checked, current);
    if (options.dryRun) return checked;
    return isReleased(checked)
      ? this.store.remove(resource, checked)
      : this.store.put(resource, checked);
  }

  /** Reads, changes and writes in one step. */
  modify(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    change: (current: KubeObject) => KubeObject,
    options: UpdateOptions = {},
  ): KubeObject {
    return this.update(resource, change(this.get(resource, namespace, name)), options);
  }

  /** @returns the object as it is now: gone, or waiting for its finalizers or its kubelet */
  delete(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): { readonly object: KubeObject; readonly gone: boolean } {
    const current = this.get(resource, namespace, name);
    const plan = planDeletion(resource, current, options);
    if (options.dryRun) return { object: plan.object, gone: plan.gone };
    if (plan.gone) return { object: this.store.remove(resource, plan.object), gone: true };
    const object = isSameJson(plan.object, current)
      ? current
      : this.store.put(resource, plan.object);
    return { object, gone: false };
  }

  #name(resource: Resource, namespace: string | undefined, object: KubeObject): KubeObject {
    const { metadata } = object;
    const apiVersion = apiVersionOf(resource);
    refuseWrongKind(resource, object);
    refuseMisplaced(metadata, namespace);
    const { deletionTimestamp: _, managedFields: __, generateName: base, ...kept } = metadata;
    const generated = base ? generateName(base) : "";
    return withoutStatus(resource, {
      ...object,
      apiVersion,
      kind: resource.kind,
      metadata: {
        ...kept,
        name: metadata.name || generated,
        ...(base && { generateName: base }),
        ...(namespace !== undefined && { namespace }),
        uid: randomUUID(),
        creationTimestamp: apiTime(),
        ...(resource.hasGeneration && { generation: 1 }),
      },
    });
  }

  /** apiserver: plugin/pkg/admission/namespace/lifecycle. */
  #requireNamespace(resource: Resource, namespace: string | undefined, name: string): void {
    if (namespace === undefined) return;
    const found = this.find(NAMESPACES, undefined, namespace);
    if (!found) throw notFound(NAMESPACES, namespace);
    if (found.metadata.deletionTimestamp !== undefined) {
      throw forbidden(
        resource,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
  }
}

function refuseWrongKind(resource: Resource, { apiVersion, kind }: KubeObject): void {
  const expected = apiVersionOf(resource);
  if (apiVersion !== "" && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (kind !== "" && kind !== resource.kind) {
    throw badRequest(
      `the kind in the data (${kind}) does not match the expected kind (${resource.kind})`,
    );
  }
}

function refuseMisplaced(metadata: Metadata, namespace: string | undefined): void {
  if (metadata.resourceVersion) {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  if (metadata.namespace !== undefined && metadata.namespace !== (namespace ?? "")) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
}

/** Only a Node comes with a status; everything else gets its first one from a controller. */
function withoutStatus(resource: Resource, object: KubeObject): KubeObject {
  if (!hasStatus(resource) || resource.kind === "Node") return object;
  const { status: _, ...rest } = object;
  return rest;
}
