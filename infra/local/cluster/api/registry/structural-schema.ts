import { isJsonObject, type JsonObject } from "../../objects/kube-object.ts";
import { requiredValue, type StatusCause } from "../api-error.ts";

/** The part of a CustomResourceDefinition's schema that is needed here. */
export type Schema =
  | { readonly type: "string" | "integer" | "boolean"; readonly default?: unknown }
  | { readonly type: "array"; readonly items: Schema }
  | { readonly type: "map"; readonly values: Schema }
  /** Kept as it is: `x-kubernetes-preserve-unknown-fields`. */
  | { readonly type: "any" }
  | ObjectSchema;

export interface ObjectSchema {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Conformed {
  readonly value: unknown;
  /** Paths of fields that the schema does not know; they are not in `value`. */
  readonly unknownFields: readonly string[];
  readonly causes: readonly StatusCause[];
}

/** Prunes, fills in defaults and validates, as the API server does for custom resources. */
export function conform(value: unknown, schema: Schema, path = ""): Conformed {
  if (schema.type === "any") return { value, unknownFields: [], causes: [] };
  if (!hasType(value, schema.type)) {
    return { value, unknownFields: [], causes: [wrongType(value, schema.type, path)] };
  }
  if (schema.type === "object" && isJsonObject(value)) return conformObject(value, schema, path);
  if (schema.type === "map" && isJsonObject(value)) {
    const parts = Object.entries(value).map(([key, item]) => ({
      key,
      ...conform(item, schema.values, join(path, key)),
    }));
    return {
      ...gather(parts),
      value: Object.fromEntries(parts.map((part) => [part.key, part.value])),
    };
  }
  if (schema.type === "array" && Array.isArray(value)) {
    const parts = value.map((item, index) => conform(item, schema.items, `${path}[${index}]`));
    return { ...gather(parts), value: parts.map((part) => part.value) };
  }
  return { value, unknownFields: [], causes: [] };
}

function conformObject(value: JsonObject, schema: ObjectSchema, path: string): Conformed {
  const unknownFields: string[] = [];
  const causes: StatusCause[] = [];
  const result: Record<string, unknown> = {};
  for (const [field, content] of Object.entries(value)) {
    const inner = Object.hasOwn(schema.fields, field) ? schema.fields[field] : undefined;
    if (!inner) {
      unknownFields.push(join(path, field));
      continue;
    }
    const part = conform(content, inner, join(path, field));
    result[field] = part.value;
    unknownFields.push(...part.unknownFields);
    causes.push(...part.causes);
  }
  const complete = { ...defaultsOf(schema), ...result };
  for (const field of schema.required ?? []) {
    if (!Object.hasOwn(complete, field)) causes.push(requiredValue(join(path, field)));
  }
  return { value: complete, unknownFields, causes };
}

function defaultsOf({ fields }: ObjectSchema): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, inner]) =>
      "default" in inner && inner.default !== undefined ? [[field, inner.default]] : [],
    ),
  );
}

function gather(parts: readonly Conformed[]): Omit<Conformed, "value"> {
  return {
    unknownFields: parts.flatMap((part) => part.unknownFields),
    causes: parts.flatMap((part) => part.causes),
  };
}

function hasType(value: unknown, type: Exclude<Schema["type"], "any">): boolean {
  switch (type) {
    case "string":
    case "boolean":
      return typeof value === type;
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "map":
    case "object":
      return isJsonObject(value);
  }
}

function wrongType(value: unknown, type: string, path: string): StatusCause {
  const wanted = type === "map" ? "object" : type;
  const found = Array.isArray(value) ? "array" : typeof value;
  return {
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: "${found}": ${path} in body must be of type ${wanted}: "${found}"`,
    field: path,
  };
}

function join(path: string, field: string): string {
  return path === "" ? field : `${path}.${field}`;
}
