import {
  apiTime,
  type KubeObject,
  listAt,
  type Metadata,
  numberAt,
  textAt,
} from "../../objects/kube-object.ts";
import { conflict } from "../api-error.ts";
import type { Resource } from "../resource.ts";

export interface DeleteOptions {
  readonly dryRun?: boolean | undefined;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: "Foreground" | "Background" | "Orphan" | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
}

export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";

const DEFAULT_GRACE_SECONDS = 30;

/**
 * What a deletion makes of an object (apiserver: registry/rest/delete.go).
 *
 * @throws {ApiError} 409 if a precondition does not hold
 */
export function planDeletion(
  resource: Resource,
  current: KubeObject,
  options: DeleteOptions,
): { readonly object: KubeObject; readonly gone: boolean } {
  checkPreconditions(resource, current, options);
  const finalizers = finalizersAfter(current.metadata, options.propagationPolicy);
  const grace = graceSeconds(resource, current, options);
  const metadata = mark({ ...current.metadata, finalizers }, grace);
  const object = { ...current, metadata };
  return { object, gone: isReleased(object) };
}

/** Being deleted, and nothing holds it any more: no finalizer, no kubelet, no content. */
export function isReleased({ kind, metadata, spec }: KubeObject): boolean {
  return (
    metadata.deletionTimestamp !== undefined &&
    (metadata.finalizers ?? []).length === 0 &&
    (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    (kind !== "Namespace" || listAt(spec, "finalizers").length === 0)
  );
}

function mark(metadata: Metadata, grace: number): Metadata {
  const before = metadata.deletionGracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined) {
    // A grace period can only be made shorter.
    if (before === undefined || grace >= before) return metadata;
    return {
      ...metadata,
      deletionGracePeriodSeconds: grace,
      deletionTimestamp: apiTime(Date.now() + grace * 1000),
    };
  }
  return {
    ...metadata,
    deletionTimestamp: apiTime(Date.now() + grace * 1000),
    deletionGracePeriodSeconds: grace,
    // apiserver: rest.BeforeDelete counts the wish to delete as a change.
    ...(metadata.generation !== undefined && { generation: metadata.generation + 1 }),
  };
}

function graceSeconds(resource: Resource, object: KubeObject, options: DeleteOptions): number {
  if (!resource.graceful) return 0;
  const phase = textAt(object, "status", "phase");
  // kubernetes: pkg/registry/core/pod/strategy.go, CheckGracefulDelete: nobody has to end anything.
  if (phase === "Succeeded" || phase === "Failed" || !textAt(object, "spec", "nodeName")) return 0;
  const own = numberAt(object, "spec", "terminationGracePeriodSeconds");
  return options.gracePeriodSeconds ?? own ?? DEFAULT_GRACE_SECONDS;
}

function finalizersAfter(
  { finalizers = [] }: Metadata,
  policy: DeleteOptions["propagationPolicy"],
): readonly string[] {
  const own = finalizers.filter(
    (name) => name !== FOREGROUND_FINALIZER && name !== ORPHAN_FINALIZER,
  );
  if (policy === "Foreground") return [...own, FOREGROUND_FINALIZER];
  if (policy === "Orphan") return [...own, ORPHAN_FINALIZER];
  return policy === undefined ? finalizers : own;
}

function checkPreconditions(
  resource: Resource,
  { metadata }: KubeObject,
  { preconditions }: DeleteOptions,
): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(
      resource,
      metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      resource,
      metadata.name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`,
    );
  }
}
