import { expect, test } from "vitest";

import {
  fieldsAt,
  pipelineJsonSchema,
  schemaAt,
} from "../../../../shared/domain/pipeline/pipeline-json-schema.ts";

test("the JSON Schema describes the document as people write it", () => {
  const schema = pipelineJsonSchema();

  expect(schema).toMatchObject({ type: "object", additionalProperties: false });
  expect(schema.required).toEqual([
    "apiVersion",
    "kind",
    "metadata",
    "dataset",
    "tuning",
    "adapter",
  ]);
  expect(schemaAt(schema, ["tuning", "deadline"])).toMatchObject({
    type: "string",
    default: "12h",
  });
  expect(schemaAt(schema, ["tuning", "model"]).enum).toContain("phi-4-mini-instruct");
});

test("the JSON Schema proposes nothing that is refused", () => {
  const schema = pipelineJsonSchema();

  expect(fieldsAt(schema, ["dataset"])).toEqual(["container", "prefix", "minRows"]);
  expect(fieldsAt(schema, [])).not.toContain("budget");
  expect(schemaAt(schema, ["overlap"]).enum).toEqual(["queue"]);
  expect(schemaAt(schema, ["serving", "strategy"]).enum).toEqual(["inPlace"]);
});

test("a part of the schema is found by its path, also inside a list", () => {
  const schema = pipelineJsonSchema();

  expect(schemaAt(schema, ["evaluation", "questions", 0, "ask"])).toMatchObject({ minLength: 1 });
  expect(schemaAt(schema, ["nowhere", "at all"])).toEqual({});
  expect(fieldsAt(schema, ["metadata", "name"])).toEqual([]);
});
