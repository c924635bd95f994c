import { z } from "zod";
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";

import { ApiError, type RouteName, routes } from "../../shared/contracts/http-api.ts";

const JSON_TYPE = "application/json";

/** The OpenAPI 3.1 document of the HTTP API, made of the schemas that both sides parse with. */
export function openApiDocument(version: string): object {
  const paths: ZodOpenApiPathsObject = {};
  for (const [name, route] of Object.entries(routes)) {
    const path = `/api/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Rollforward", version },
    paths,
    security: [{ key: [] }],
    components: {
      securitySchemes: { key: { type: "apiKey", in: "header", name: "x-functions-key" } },
    },
  });
}

function operation(name: string, route: (typeof routes)[RouteName]): object {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  return {
    operationId: name,
    summary: route.summary,
    requestParams: {
      path: z.object(Object.fromEntries(names.map((key) => [key, z.string()]))),
      ...("query" in route && { query: route.query }),
    },
    ...("request" in route && {
      requestBody: { content: { [typeOf(route)]: { schema: route.request } } },
    }),
    responses: {
      "200": { description: "Success", content: { [JSON_TYPE]: { schema: route.response } } },
      default: { description: "An error", content: { [JSON_TYPE]: { schema: ApiError } } },
    },
    // Health is the one route of this document that needs no key.
    ...(name === "health" && { security: [] }),
  };
}

function typeOf(route: object): string {
  return "requestType" in route ? String(route.requestType) : JSON_TYPE;
}
