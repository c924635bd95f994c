import { findResource } from "../resources/all-resources.ts";
import type { Resource } from "../resource.ts";

/** A request for an object or a list of objects. */
export interface ResourceRequest {
  readonly resource: Resource;
  /** Undefined for cluster-wide resources, and for a list over all namespaces. */
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What comes after `/proxy`, with its slash. */
  readonly rest: string;
}

const RESOURCE_PATH =
  /^(?:\/api|\/apis\/(?<group>[^/]+))\/(?<version>[^/]+)(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+)(?:\/(?<subresource>[^/]+)(?<rest>\/.*)?)?)?$/;

/** A namespace is both: a resource, and part of the path of others. */
const NAMESPACE_PATH =
  /^\/api\/v1\/namespaces(?:\/(?<name>[^/]+)(?:\/(?<subresource>status|finalize))?)?$/;

/** @returns undefined if no resource has this path */
export function parseResourcePath(path: string): ResourceRequest | undefined {
  const namespaces = NAMESPACE_PATH.exec(path)?.groups;
  if (namespaces) {
    return requestOf({ version: "v1", plural: "namespaces", ...namespaces });
  }
  const groups = RESOURCE_PATH.exec(path)?.groups;
  return groups && requestOf(groups);
}

function requestOf(
  groups: Readonly<Record<string, string | undefined>>,
): ResourceRequest | undefined {
  const resource = findResource(
    groups["group"] ?? "",
    groups["version"] ?? "",
    groups["plural"] ?? "",
  );
  if (!resource) return undefined;
  const namespace = decode(groups["namespace"]);
  const name = decode(groups["name"]);
  // `/pods/x` without a namespace names no object.
  if (
    resource.namespaced ? name !== undefined && namespace === undefined : namespace !== undefined
  ) {
    return undefined;
  }
  return {
    resource,
    namespace,
    name,
    subresource: groups["subresource"],
    rest: groups["rest"] ?? "",
  };
}

function decode(part: string | undefined): string | undefined {
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
