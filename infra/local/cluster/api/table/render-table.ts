import type { KubeObject } from "../../objects/kube-object.ts";
import type { Resource } from "../resource.ts";

export interface TableOptions {
  /** What each row carries beside its cells (`includeObject`). */
  readonly include: "None" | "Metadata" | "Object";
  /** A watch repeats the header only in its first event. */
  readonly withHeader: boolean;
}

/** `kubectl get` prints this: the server decides about columns (meta.k8s.io/v1 Table). */
export function renderTable(
  resource: Resource,
  objects: readonly KubeObject[],
  listMetadata: object,
  { include, withHeader }: TableOptions,
): object {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: listMetadata,
    columnDefinitions: withHeader ? resource.columns.map(toDefinition) : null,
    rows: objects.map((object) => ({
      cells: resource.columns.map(({ cell }) => cell(object)),
      ...(include !== "None" && { object: include === "Object" ? object : metadataOf(object) }),
    })),
  };
}

export function metadataOf({ metadata }: KubeObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

function toDefinition({ name, type, description, priority }: Resource["columns"][number]): object {
  return { name, type, format: name === "Name" ? "name" : "", description, priority };
}
