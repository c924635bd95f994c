import { RESOURCES } from "../api/resources/all-resources.ts";
import { NAMESPACES } from "../api/resources/core-resources.ts";
import { FOREGROUND_FINALIZER } from "../api/registry/deletion.ts";
import type { Registry } from "../api/registry/registry.ts";
import type { Controller, ControllerContext } from "./controller.ts";
import { WorkQueue } from "./work-queue.ts";

const LATENCY_MS = 10;

/** Empties a namespace that is being deleted, and lets it go when nothing is left in it. */
export function startNamespaceController({ registry, clock, log }: ControllerContext): Controller {
  const queue = new WorkQueue({
    clock,
    reconcile: (name) => empty(registry, name),
    latencyMs: LATENCY_MS,
    log: (message) => log(`namespace controller: ${message}`),
  });
  const unsubscribe = registry.store.subscribe(({ object }) => {
    const name = object.kind === NAMESPACES.kind ? object.metadata.name : object.metadata.namespace;
    const namespace = name === undefined ? undefined : registry.find(NAMESPACES, undefined, name);
    if (namespace?.metadata.deletionTimestamp !== undefined) queue.add(namespace.metadata.name);
  });
  for (const { metadata } of registry.list(NAMESPACES)) queue.add(metadata.name);
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function empty(registry: Registry, name: string): void {
  const namespace = registry.find(NAMESPACES, undefined, name);
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  const status = { phase: "Terminating" };
  registry.modify(NAMESPACES, undefined, name, (found) => ({ ...found, status }), {
    subresource: "status",
  });
  const content = RESOURCES.filter(({ namespaced }) => namespaced).flatMap((resource) =>
    registry.list(resource, name).map((object) => ({ resource, object })),
  );
  for (const { resource, object } of content) {
    if (object.metadata.deletionTimestamp === undefined) {
      registry.delete(resource, name, object.metadata.name, { propagationPolicy: "Background" });
    }
  }
  if (RESOURCES.some((each) => each.namespaced && registry.list(each, name).length > 0)) return;
  registry.modify(NAMESPACES, undefined, name, (found) => ({
    ...found,
    metadata: {
      ...found.metadata,
      finalizers: (found.metadata.finalizers ?? []).filter((each) => each !== FOREGROUND_FINALIZER),
    },
    spec: {},
  }));
}
