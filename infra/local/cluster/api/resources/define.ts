import type { Resource } from "../resource.ts";
import { AGE_COLUMN, NAME_COLUMN } from "../table/columns.ts";

type Given = Pick<Resource, "group" | "version" | "plural" | "kind"> & Partial<Resource>;

/** A resource with what most resources have in common. */
export function defineResource(given: Given): Resource {
  return {
    singular: given.kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    subresources: [],
    custom: false,
    hasGeneration: false,
    graceful: false,
    selectableFields: [],
    columns: [NAME_COLUMN, AGE_COLUMN],
    ...given,
  };
}
