import { findResourceByKind, RESOURCES } from "../api/resources/all-resources.ts";
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from "../api/registry/deletion.ts";
import type { Registry } from "../api/registry/registry.ts";
import type { Resource } from "../api/resource.ts";
import type { KubeObject, OwnerReference } from "../objects/kube-object.ts";
import type { Controller, ControllerContext } from "./controller.ts";
import { WorkQueue } from "./work-queue.ts";

const LATENCY_MS = 5;

interface Dependent {
  readonly resource: Resource;
  readonly object: KubeObject;
}

/** Deletes what belongs to something that is gone or going (kubernetes: pkg/controller/garbagecollector). */
export function startGarbageCollector(context: ControllerContext): Controller {
  const { registry, clock, log } = context;
  const queue = new WorkQueue({
    clock,
    reconcile: () => collect(registry),
    latencyMs: LATENCY_MS,
    log: (message) => log(`garbage collector: ${message}`),
  });
  const unsubscribe = registry.store.subscribe(({ type, object }) => {
    const isGoing = type === "DELETED" || object.metadata.deletionTimestamp !== undefined;
    const hasOwner = type === "ADDED" && (object.metadata.ownerReferences ?? []).length > 0;
    if (isGoing || hasOwner) queue.add("all");
  });
  queue.add("all");
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function collect(registry: Registry): void {
  const all = RESOURCES.flatMap((resource) =>
    registry.list(resource).map((object) => ({ resource, object })),
  );
  const dependents = Map.groupBy(
    all.flatMap((each) =>
      (each.object.metadata.ownerReferences ?? []).map(({ uid }) => ({ uid, ...each })),
    ),
    ({ uid }) => uid,
  );
  for (const { resource, object } of all) {
    if (isOrphaned(registry, object)) remove(registry, { resource, object });
    if (object.metadata.deletionTimestamp === undefined) continue;
    const own = dependents.get(object.metadata.uid ?? "") ?? [];
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(ORPHAN_FINALIZER)) {
      for (const each of own) disown(registry, each, object);
      dropFinalizer(registry, { resource, object }, ORPHAN_FINALIZER);
    } else if (finalizers.includes(FOREGROUND_FINALIZER)) {
      deleteBeforeOwner(registry, { resource, object }, own);
    }
  }
}

/** It had owners, and none of them is left. */
function isOrphaned(registry: Registry, { metadata }: KubeObject): boolean {
  const owners = metadata.ownerReferences ?? [];
  return (
    owners.length > 0 &&
    metadata.deletionTimestamp === undefined &&
    !owners.some((owner) => findOwner(registry, metadata.namespace, owner))
  );
}

function findOwner(
  registry: Registry,
  namespace: string | undefined,
  { apiVersion, kind, name, uid }: OwnerReference,
): boolean {
  const resource = findResourceByKind(apiVersion, kind);
  // An owner of a kind that is not served here cannot be looked for: better to keep its things.
  if (!resource) return true;
  const owner = registry.find(resource, resource.namespaced ? namespace : undefined, name);
  return owner?.metadata.uid === uid;
}

function deleteBeforeOwner(
  registry: Registry,
  owner: Dependent,
  dependents: readonly Dependent[],
): void {
  for (const each of dependents) {
    if (each.object.metadata.deletionTimestamp === undefined) remove(registry, each);
  }
  const blocking = dependents.some(({ resource, object }) => {
    const { namespace, name, uid } = object.metadata;
    const current = registry.find(resource, namespace, name);
    return (
      current?.metadata.uid === uid &&
      current?.metadata.ownerReferences?.some(
        (reference) =>
          reference.uid === owner.object.metadata.uid && reference.blockOwnerDeletion === true,
      )
    );
  });
  if (!blocking) dropFinalizer(registry, owner, FOREGROUND_FINALIZER);
}

function remove(registry: Registry, { resource, object }: Dependent): void {
  const { namespace, name, uid } = object.metadata;
  if (registry.find(resource, namespace, name)?.metadata.uid !== uid) return;
  registry.delete(resource, namespace, name, { propagationPolicy: "Background" });
}

function disown(registry: Registry, { resource, object }: Dependent, owner: KubeObject): void {
  const { namespace, name } = object.metadata;
  registry.modify(resource, namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      ownerReferences: (current.metadata.ownerReferences ?? []).filter(
        ({ uid }) => uid !== owner.metadata.uid,
      ),
    },
  }));
}

function dropFinalizer(
  registry: Registry,
  { resource, object }: Dependent,
  finalizer: string,
): void {
  const { namespace, name } = object.metadata;
  if (!registry.find(resource, namespace, name)) return;
  registry.modify(resource, namespace, name, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      finalizers: (current.metadata.finalizers ?? []).filter((each) => each !== finalizer),
    },
  }));
}
