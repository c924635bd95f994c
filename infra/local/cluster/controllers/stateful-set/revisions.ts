import { createHash } from "node:crypto";

import type { Registry } from "../../api/registry/registry.ts";
import { CONTROLLER_REVISIONS } from "../../api/resources/group-resources.ts";
import {
  controllerOf,
  type KubeObject,
  numberAt,
  objectAt,
  textAt,
} from "../../objects/kube-object.ts";
import { ownerReferenceTo } from "../pods-of.ts";

const HASH_LABEL = "controller.kubernetes.io/hash";

/**
 * The name of the revision that the set's template is now; made if there is none.
 *
 * An old template that comes back gets its old name and a new, higher number
 * (kubernetes: pkg/controller/statefulset/stateful_set_control.go, getStatefulSetRevisions).
 */
export function currentRevisionOf(registry: Registry, set: KubeObject): string {
  const template = objectAt(set, "spec", "template");
  const hash = hashOf(template);
  const known = revisionsOf(registry, set);
  const latest = known.at(-1);
  const same = known.find((each) => textAt(each, "metadata", "labels", HASH_LABEL) === hash);
  const number = (latest ? revisionNumber(latest) : 0) + 1;
  if (!same) {
    createRevision(registry, set, { hash, number, template });
  } else if (same !== latest) {
    registry.update(CONTROLLER_REVISIONS, { ...same, revision: number });
  }
  return `${set.metadata.name}-${hash}`;
}

function createRevision(
  registry: Registry,
  set: KubeObject,
  { hash, number, template }: { hash: string; number: number; template: object },
): void {
  const labels = objectAt(template, "metadata", "labels");
  registry.create(CONTROLLER_REVISIONS, set.metadata.namespace, {
    metadata: {
      name: `${set.metadata.name}-${hash}`,
      labels: { ...labels, [HASH_LABEL]: hash },
      annotations: set.metadata.annotations,
      ownerReferences: [ownerReferenceTo(set)],
    },
    data: { spec: { template: { $patch: "replace", ...template } } },
    revision: number,
  });
}

/** Removes the oldest revisions that nothing uses any more. */
export function truncateRevisions(
  registry: Registry,
  set: KubeObject,
  inUse: ReadonlySet<string>,
  limit: number,
): void {
  const unused = revisionsOf(registry, set).filter(({ metadata }) => !inUse.has(metadata.name));
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    registry.delete(CONTROLLER_REVISIONS, metadata.namespace, metadata.name);
  }
}

/** The template that a revision stands for; undefined if it is gone. */
export function templateOf(
  registry: Registry,
  set: KubeObject,
  name: string | undefined,
): object | undefined {
  const stored =
    name === undefined
      ? undefined
      : registry.find(CONTROLLER_REVISIONS, set.metadata.namespace, name);
  if (!stored) return undefined;
  const { $patch: _, ...template } = objectAt(stored, "data", "spec", "template");
  return template;
}

function revisionsOf(registry: Registry, set: KubeObject): KubeObject[] {
  return registry
    .list(CONTROLLER_REVISIONS, set.metadata.namespace)
    .filter((each) => controllerOf(each)?.uid === set.metadata.uid)
    .toSorted((left, right) => revisionNumber(left) - revisionNumber(right));
}

function revisionNumber(revision: KubeObject): number {
  return numberAt(revision, "revision") ?? 0;
}

function hashOf(template: object): string {
  return createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 10);
}
