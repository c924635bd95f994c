import { describe, expect, test } from "vitest";

import { z } from "zod";

import { openApiDocument } from "../../../../functions/api/openapi.ts";
import { routes } from "../../../../shared/contracts/http-api.ts";

const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  security: z.array(z.unknown()).optional(),
});
const Document = z.looseObject({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

describe("openApiDocument", () => {
  const document = Document.parse(openApiDocument("1.2.3"));
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

  test("describes every route once", () => {
    const ids = operations.map(({ operationId }) => operationId);

    expect(document).toMatchObject({ openapi: "3.1.0", info: { version: "1.2.3" } });
    expect(ids.toSorted()).toEqual(Object.keys(routes).toSorted());
  });

  test("puts two methods of one path side by side", () => {
    expect(Object.keys(document.paths["/api/pipelines/{pipeline}"] ?? {})).toEqual(["get", "put"]);
  });

  test("names what stands in a path", () => {
    const operation = document.paths["/api/requests/{pipeline}/{request}"]?.["get"];

    const names = operation?.parameters?.map((parameter) => [parameter.in, parameter.name]);
    expect(names).toEqual([
      ["path", "pipeline"],
      ["path", "request"],
    ]);
  });

  test("asks for a key everywhere but at health", () => {
    const open = operations.filter(({ security }) => security?.length === 0);

    expect(open.map(({ operationId }) => operationId)).toEqual(["health"]);
  });
});
