import type { KubeObject } from "../../objects/kube-object.ts";
import { parseObject } from "../../objects/parse-object.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import type { Resource } from "../resource.ts";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch } from "./merge-patch.ts";
import { strategicMerge } from "./strategic-merge.ts";

export const APPLY_PATCH = "application/apply-patch+yaml";
const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_PATCH = "application/strategic-merge-patch+json";

/** @throws {ApiError} 415 for a kind of patch that the resource does not take */
export function patchFor(
  contentType: string,
  resource: Resource,
): (target: unknown, patch: unknown) => unknown {
  switch (contentType) {
    case JSON_PATCH:
      return jsonPatch;
    case MERGE_PATCH:
      return mergePatch;
    case APPLY_PATCH:
      // The lists of a custom resource are atomic unless its schema says otherwise; KAITO's does not.
      return resource.custom ? mergePatch : strategicMerge;
    case STRATEGIC_PATCH:
      if (!resource.custom) return strategicMerge;
      break;
    default:
  }
  throw unsupportedMediaType([
    JSON_PATCH,
    MERGE_PATCH,
    ...(resource.custom ? [] : [STRATEGIC_PATCH]),
    APPLY_PATCH,
  ]);
}

/** @throws {ApiError} if the patch does not apply, or names another object */
export function applyPatch(
  current: KubeObject,
  patch: unknown,
  combine: (target: unknown, patch: unknown) => unknown,
): KubeObject {
  const patched = parseObject(combine(current, patch));
  if (patched.metadata.name !== current.metadata.name) {
    throw badRequest(
      `the name of the object (${patched.metadata.name}) does not match the name on the URL (${current.metadata.name})`,
    );
  }
  if (patched.metadata.namespace !== current.metadata.namespace) {
    throw badRequest("the namespace of the object does not match the namespace on the URL");
  }
  return patched;
}
