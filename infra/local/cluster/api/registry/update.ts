import { isSameJson } from "../../objects/deep-equal.ts";
import type { KubeObject, Metadata } from "../../objects/kube-object.ts";
import { badRequest, conflict, invalid, invalidValue, MODIFIED_SINCE } from "../api-error.ts";
import { apiVersionOf, hasStatus, type Resource } from "../resource.ts";

/** @throws {ApiError} if the writer saw another state, or another object of the same name */
export function refuseStale(resource: Resource, wanted: KubeObject, current: KubeObject): void {
  const { name, resourceVersion, uid } = wanted.metadata;
  if (uid !== undefined && uid !== "" && uid !== current.metadata.uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
    );
  }
  if (!resourceVersion || resourceVersion === "0") return;
  if (!/^\d+$/.test(resourceVersion)) {
    throw badRequest(`resourceVersion: Invalid value: "${resourceVersion}"`);
  }
  if (resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(resource, name, MODIFIED_SINCE);
  }
}

/** @throws {ApiError} a custom resource is never replaced blindly */
export function requireResourceVersion(resource: Resource, { metadata }: KubeObject): void {
  if (!resource.custom || metadata.resourceVersion) return;
  throw invalid(resource, metadata.name, [
    invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
  ]);
}

/** The object after a write: what a writer may not change stays as it was. */
export function applyChange(
  resource: Resource,
  wanted: KubeObject,
  current: KubeObject,
  subresource: "status" | undefined,
): KubeObject {
  if (subresource === "status") return { ...current, status: wanted["status"] };
  const next: KubeObject = {
    ...wanted,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: keepSystemFields(wanted.metadata, current.metadata),
    ...(hasStatus(resource) && { status: current["status"] }),
  };
  if (!resource.hasGeneration || isSameJson(contentOf(next), contentOf(current))) return next;
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function keepSystemFields(wanted: Metadata, current: Metadata): Metadata {
  const { managedFields: _, ...kept } = wanted;
  const { deletionTimestamp, deletionGracePeriodSeconds } = current;
  return {
    ...kept,
    name: current.name,
    namespace: current.namespace,
    uid: current.uid,
    resourceVersion: current.resourceVersion,
    creationTimestamp: current.creationTimestamp,
    generation: current.generation,
    generateName: current.generateName,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  };
}

function contentOf(object: KubeObject): object {
  const { metadata: _, status: __, ...content } = object;
  return content;
}
