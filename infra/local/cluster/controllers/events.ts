import { createHash } from "node:crypto";

import type { Registry } from "../api/registry/registry.ts";
import { EVENTS } from "../api/resources/core-resources.ts";
import { apiTime, type KubeObject, numberAt } from "../objects/kube-object.ts";

export interface Happening {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** Who says so. */
  readonly component: string;
}

/** Writes an Event about an object; the same one again only counts. */
export function recordEvent(registry: Registry, about: KubeObject, happening: Happening): void {
  const { type, reason, message, component } = happening;
  const { name, namespace = "default", uid, resourceVersion } = about.metadata;
  const id = createHash("sha256").update(`${uid} ${reason} ${message}`).digest("hex").slice(0, 16);
  const eventName = `${name.slice(0, 200)}.${id}`;
  const now = apiTime();
  const before = registry.find(EVENTS, namespace, eventName);
  if (before) {
    const count = (numberAt(before, "count") ?? 1) + 1;
    registry.update(EVENTS, { ...before, count, lastTimestamp: now });
    return;
  }
  registry.create(EVENTS, namespace, {
    metadata: { name: eventName, namespace },
    involvedObject: {
      kind: about.kind,
      namespace: about.metadata.namespace,
      name,
      uid,
      apiVersion: about.apiVersion,
      resourceVersion,
    },
    reason,
    message,
    source: { component },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    type,
    reportingComponent: component,
    reportingInstance: "",
  });
}

/** For controllers whose work must not fail because an Event cannot be written. */
export function tryRecordEvent(registry: Registry, about: KubeObject, happening: Happening): void {
  try {
    recordEvent(registry, about, happening);
  } catch {
    // The namespace is going: nobody will read it.
  }
}
