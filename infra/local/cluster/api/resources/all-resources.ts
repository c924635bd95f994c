import type { Resource } from "../resource.ts";
import {
  CONFIG_MAPS,
  ENDPOINTS,
  EVENTS,
  NAMESPACES,
  NODES,
  PODS,
  SECRETS,
  SERVICE_ACCOUNTS,
  SERVICES,
} from "./core-resources.ts";
import { NODE_CLAIMS, WORKSPACES } from "./custom-resources.ts";
import {
  CONTROLLER_REVISIONS,
  ENDPOINT_SLICES,
  JOBS,
  LEASES,
  STATEFUL_SETS,
} from "./group-resources.ts";

/** Everything the API serves. */
export const RESOURCES: readonly Resource[] = [
  NAMESPACES,
  PODS,
  SERVICES,
  ENDPOINTS,
  CONFIG_MAPS,
  SECRETS,
  EVENTS,
  NODES,
  SERVICE_ACCOUNTS,
  STATEFUL_SETS,
  CONTROLLER_REVISIONS,
  JOBS,
  LEASES,
  ENDPOINT_SLICES,
  NODE_CLAIMS,
  WORKSPACES,
];

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return RESOURCES.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
}

/** The resource of an owner reference. */
export function findResourceByKind(apiVersion: string, kind: string): Resource | undefined {
  return RESOURCES.find(
    (each) =>
      each.kind === kind &&
      (each.group === "" ? each.version : `${each.group}/${each.version}`) === apiVersion,
  );
}

export const VERBS: readonly string[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];
