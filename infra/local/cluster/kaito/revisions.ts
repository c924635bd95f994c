import { createHash } from "node:crypto";

import type { Registry } from "../api/registry/registry.ts";
import { CONTROLLER_REVISIONS } from "../api/resources/group-resources.ts";
import { WORKSPACES } from "../api/resources/custom-resources.ts";
import { ownerReferenceTo } from "../controllers/pods-of.ts";
import {
  isJsonObject,
  type KubeObject,
  listAt,
  numberAt,
  objectAt,
} from "../objects/kube-object.ts";
import { ReconcileError } from "./reconcile-error.ts";
import { HASH_ANNOTATION, NAME_LABEL, REVISION_ANNOTATION } from "./workspace.ts";

/** kaito: controller:498-505: sha256 of resource, inference and tuning. */
export function hashOf(workspace: KubeObject): string {
  return createHash("sha256")
    .update(JSON.stringify(contentOf(workspace)))
    .digest("hex");
}

const HISTORY_LIMIT = 10;

/**
 * Finds or makes the ControllerRevision of what the Workspace asks for, and writes its hash and number
 * to the Workspace (kaito: syncControllerRevision, controller:395-481). A content that was there before
 * gets its old number back.
 */
export function syncRevision(registry: Registry, workspace: KubeObject): KubeObject {
  const { name, namespace, annotations = {} } = workspace.metadata;
  const hash = hashOf(workspace);
  const known = revisionsOf(registry, workspace);
  const same = known.find(({ metadata }) => metadata.name === `${name}-${hash.slice(0, 5)}`);
  if (same && same.metadata.annotations?.[HASH_ANNOTATION] !== hash) {
    throw new ReconcileError("revision name conflicts, the hash values are different");
  }
  const revision = same ? numberOf(same) : Math.max(0, ...known.map(numberOf)) + 1;
  if (!same) {
    registry.create(CONTROLLER_REVISIONS, namespace, {
      metadata: {
        name: `${name}-${hash.slice(0, 5)}`,
        labels: { [NAME_LABEL]: name },
        annotations: { [HASH_ANNOTATION]: hash },
        ownerReferences: [ownerReferenceTo(workspace)],
      },
      data: contentOf(workspace),
      revision,
    });
    for (const { metadata } of known.slice(0, Math.max(0, known.length + 1 - HISTORY_LIMIT))) {
      registry.delete(CONTROLLER_REVISIONS, metadata.namespace, metadata.name);
    }
  }
  return registry.update(WORKSPACES, {
    ...asGoWritesIt(workspace),
    metadata: {
      ...workspace.metadata,
      annotations: {
        ...annotations,
        [HASH_ANNOTATION]: hash,
        [REVISION_ANNOTATION]: String(revision),
      },
    },
  });
}

function revisionsOf(registry: Registry, workspace: KubeObject): KubeObject[] {
  return registry
    .list(CONTROLLER_REVISIONS, workspace.metadata.namespace)
    .filter(({ metadata }) => metadata.labels?.[NAME_LABEL] === workspace.metadata.name)
    .toSorted((left, right) => numberOf(left) - numberOf(right));
}

function numberOf(revision: KubeObject): number {
  return numberAt(revision, "revision") ?? 0;
}

function contentOf(workspace: KubeObject): object {
  const { inference, resource, tuning } = asGoWritesIt(workspace);
  return { inference: inference ?? null, resource, tuning: tuning ?? null };
}

/**
 * The Workspace as it is after it went through KAITO's Go types: `presetOptions` is there, an empty
 * adapter list is not. Writing this back is what makes the generation 2 right after creation.
 */
function asGoWritesIt(workspace: KubeObject): KubeObject {
  return {
    ...workspace,
    ...(isJsonObject(workspace["inference"]) && {
      inference: withoutEmptyAdapters(withOptions(workspace["inference"])),
    }),
    ...(isJsonObject(workspace["tuning"]) && { tuning: withOptions(workspace["tuning"]) }),
  };
}

function withOptions(spec: object): object {
  const preset = objectAt(spec, "preset");
  if (Object.keys(preset).length === 0) return spec;
  return { ...spec, preset: { ...preset, presetOptions: objectAt(preset, "presetOptions") } };
}

function withoutEmptyAdapters(inference: object): object {
  if (listAt(inference, "adapters").length > 0) return inference;
  return Object.fromEntries(Object.entries(inference).filter(([key]) => key !== "adapters"));
}
