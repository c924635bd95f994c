import { describe, expect, test } from "vitest";

import { z } from "zod";

import { openApiDocument } from "../../../../functions/api/openapi.ts";
import { routes } from "../../../../shared/contracts/http-api.ts";

// As OpenAPI 3.1 has them, without the fields that it allows and we do not use: one more is an error.
const Content = z.strictObject({
  "application/json": z.strictObject({ schema: z.record(z.string(), z.unknown()) }),
});
const Yaml = z.strictObject({
  "application/yaml": z.strictObject({ schema: z.strictObject({ type: z.literal("string") }) }),
});
const Operation = z.strictObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z
    .array(
      z.discriminatedUnion("in", [
        z.strictObject({
          name: z.string(),
          in: z.literal("path"),
          required: z.literal(true),
          schema: z.strictObject({ type: z.literal("string") }),
        }),
        z.strictObject({
          name: z.string(),
          in: z.literal("query"),
          schema: z.looseObject({ type: z.enum(["string", "integer"]) }),
        }),
      ]),
    )
    .optional(),
  requestBody: z
    .strictObject({ content: z.union([Content, Yaml]), required: z.literal(true).optional() })
    .optional(),
  responses: z.strictObject({
    "200": z.strictObject({ description: z.string().min(1), content: Content }),
    default: z.strictObject({ description: z.string().min(1), content: Content }),
  }),
  security: z.array(z.unknown()).optional(),
});
const Document = z.strictObject({
  openapi: z.literal("3.1.0"),
  info: z.strictObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith("/api/"),
    z.partialRecord(z.enum(["get", "put", "post"]), Operation),
  ),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  components: z.strictObject({
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal("apiKey"), in: z.literal("header"), name: z.string() }),
    ),
  }),
});

describe("openApiDocument", () => {
  const document = Document.parse(openApiDocument("1.2.3"));
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));

  test("describes every route once", () => {
    const ids = operations.map(({ operationId }) => operationId);

    expect(document.info).toEqual({ title: "Rollforward", version: "1.2.3" });
    expect(ids.toSorted()).toEqual(Object.keys(routes).toSorted());
  });

  test("puts two methods of one path side by side", () => {
    expect(Object.keys(document.paths["/api/pipelines/{pipeline}"] ?? {})).toEqual(["get", "put"]);
  });

  test("names just what stands in each path", () => {
    const given = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map(({ parameters = [] }) =>
        [path, ...parameters.filter((each) => each.in === "path").map(({ name }) => name)].join(
          " ",
        ),
      ),
    );

    const wanted = Object.values(routes).map(({ path }) =>
      [`/api/${path}`, ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)].join(" "),
    );
    expect(given.toSorted()).toEqual(wanted.toSorted());
    expect(given).toContain("/api/requests/{pipeline}/{request} pipeline request");
  });

  test("takes a body where one is read, and says what must be in it", () => {
    const withBody = operations.filter(({ requestBody }) => requestBody !== undefined);

    const schemas = withBody.map(({ operationId, requestBody }) => [
      operationId,
      requestBody && "application/json" in requestBody.content
        ? requestBody.content["application/json"].schema["required"]
        : "a YAML document",
    ]);
    expect(Object.fromEntries(schemas)).toEqual({
      applyPipeline: "a YAML document",
      createUpload: ["name"],
      ask: ["question"],
      cancelRun: undefined,
    });
  });

  test("says how a list is asked for, page by page", () => {
    const asked = operations.flatMap(({ operationId, parameters = [] }) => {
      const names = parameters.filter((each) => each.in === "query").map(({ name }) => name);
      return names.length > 0 ? [[operationId, names]] : [];
    });

    expect(Object.fromEntries(asked)).toEqual({
      listRuns: ["pipeline", "limit", "next"],
      listRequests: ["pipeline", "limit", "next"],
    });
  });

  test("names only a security scheme that it has, and refers to nothing that it has not", () => {
    const named = document.security.flatMap((each) => Object.keys(each));

    expect(named).toEqual(["key"]);
    expect(document.components.securitySchemes).toHaveProperty("key.name", "x-functions-key");
    expect(JSON.stringify(document)).not.toContain("$ref");
  });

  test("asks for a key everywhere but at health", () => {
    const open = operations.filter(({ security }) => security?.length === 0);

    expect(open.map(({ operationId }) => operationId)).toEqual(["health"]);
  });
});
