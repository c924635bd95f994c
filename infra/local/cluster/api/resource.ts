import type { z } from "zod";

import type { KubeObject } from "../objects/kube-object.ts";
import type { StatusCause, Subject } from "./api-error.ts";
import type { Schema } from "./registry/structural-schema.ts";
import type { Columns } from "./table/columns.ts";

/** One kind of object that the API serves. */
export interface Resource extends Subject {
  readonly version: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly string[];
  /** Defined by a CustomResourceDefinition: no strategic merge, lists are replaced whole. */
  readonly custom: boolean;
  /** `metadata.generation` counts the changes of what is wanted. */
  readonly hasGeneration: boolean;
  /** Deleted in two steps, so that a kubelet can end what runs. */
  readonly graceful: boolean;
  /** What the object must look like for the controllers to read it. */
  readonly check?: z.ZodType;
  /** For custom resources: defaults, pruning and validation. */
  readonly schema?: Schema;
  /** Fills in what was left out. Runs at creation, on an object that has its name and uid. */
  readonly prepare?: (object: KubeObject) => KubeObject;
  /** What is wrong with a change, or (without `before`) with a new object. */
  readonly validate?: (object: KubeObject, before?: KubeObject) => readonly StatusCause[];
  /** Fields beside `metadata.name` and `metadata.namespace` that a field selector may name. */
  readonly selectableFields: readonly string[];
  readonly columns: Columns;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === "" ? version : `${group}/${version}`;
}

export function hasStatus({ subresources }: Resource): boolean {
  return subresources.includes("status");
}

/** Names a resource in the store. */
export function idOf({ group, plural }: Pick<Resource, "group" | "plural">): string {
  return `${plural}.${group}`;
}
