import { z } from "zod";

import { PipelineSchema } from "./pipeline-schema.ts";
import { UNSUPPORTED_FIELDS, type UnsupportedField } from "./unsupported-fields.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schema of a pipeline document as people write it: editors complete and check with it.
 *
 * Without what is not built yet, so that no editor proposes a field that is then refused.
 */
export function pipelineJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(PipelineSchema, { io: "input" });
  for (const field of UNSUPPORTED_FIELDS) withhold(schema, field);
  return { ...schema, title: "Rollforward pipeline" };
}

/** The part of a schema that describes what stands at a path of the document. */
export function schemaAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema {
  return path.reduce<JsonSchema>((part, key) => {
    const next = typeof key === "string" ? part.properties?.[key] : part.items;
    return isSchema(next) ? next : {};
  }, schema);
}

/** The keys of the map that stands at a path. */
export function fieldsAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  return Object.keys(schemaAt(schema, path).properties ?? {});
}

function withhold(schema: JsonSchema, { parent, key, values }: UnsupportedField): void {
  if (values === undefined) {
    delete schemaAt(schema, parent).properties?.[key];
    return;
  }
  const part = schemaAt(schema, [...parent, key]);
  const built = part.enum?.filter((value) => !values.some((withheld) => withheld === value));
  Object.assign(part, { enum: built });
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
