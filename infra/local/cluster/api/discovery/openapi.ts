import { createHash } from "node:crypto";

import type { Schema } from "../registry/structural-schema.ts";
import { apiVersionOf, type Resource } from "../resource.ts";
import { RESOURCES } from "../resources/all-resources.ts";

/**
 * OpenAPI, as much as kubectl asks for: that the server validates fields itself, and (for `explain`)
 * the fields of the custom resources. The schemas of the built-in kinds are not repeated here.
 */
export function openApiDocument(path: string): object | undefined {
  if (path === "/openapi/v2") return { swagger: "2.0", info: INFO, paths: {}, definitions: {} };
  if (path === "/openapi/v3") return { paths: Object.fromEntries(GROUP_VERSIONS.map(entryOf)) };
  const name = /^\/openapi\/v3\/(.+)$/.exec(path)?.[1];
  const served = RESOURCES.filter((resource) => groupPath(resource) === name);
  return served.length > 0 ? describeGroup(served) : undefined;
}

/** What kubectl up to 1.28 insists on; it asks for `v2@v1.0`, which is no media type to answer with. */
export const OPENAPI_V2_PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** The same empty document (gnostic: openapiv2/OpenAPIv2.proto): version, and title and version in it. */
export function openApiV2Protobuf(): Buffer {
  const info = Buffer.concat([protobufText(1, INFO.title), protobufText(2, INFO.version)]);
  return Buffer.concat([protobufText(1, "2.0"), protobufText(2, info)]);
}

/** One length-delimited field; short ones only. */
function protobufText(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

const INFO = { title: "Kubernetes (stand-in)", version: "v1.35.0" };

const GROUP_VERSIONS = [...new Set(RESOURCES.map(groupPath))];

function entryOf(name: string): [string, object] {
  const hash = createHash("sha256")
    .update(JSON.stringify(RESOURCES.map(groupPath)))
    .digest("hex");
  return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash.slice(0, 16)}` }];
}

function groupPath(resource: Resource): string {
  return `${resource.group === "" ? "api" : "apis"}/${apiVersionOf(resource)}`;
}

function describeGroup(resources: readonly Resource[]): object {
  return {
    openapi: "3.0.0",
    info: INFO,
    paths: Object.fromEntries(
      resources.map((resource) => [pathOf(resource), operationsOf(resource)]),
    ),
    components: {
      schemas: Object.fromEntries(
        resources.map((resource) => [schemaName(resource), schemaOf(resource)]),
      ),
    },
  };
}

function pathOf(resource: Resource): string {
  const scope = resource.namespaced ? "/namespaces/{namespace}" : "";
  return `/${groupPath(resource)}${scope}/${resource.plural}/{name}`;
}

function operationsOf(resource: Resource): object {
  const operation = {
    parameters: [{ name: "fieldValidation", in: "query", schema: { type: "string" } }],
    responses: {},
    ...kindOf(resource, true),
  };
  return { patch: operation, put: operation, post: operation };
}

function schemaOf(resource: Resource): object {
  const described = resource.schema ? describe(resource.schema) : { type: "object" };
  const properties = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    ...("properties" in described ? Object(described.properties) : {}),
  };
  return { ...described, properties, ...kindOf(resource, false) };
}

function describe(schema: Schema): object {
  switch (schema.type) {
    case "any":
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    case "array":
      return { type: "array", items: describe(schema.items) };
    case "map":
      return { type: "object", additionalProperties: describe(schema.values) };
    case "object": {
      const fields = Object.entries(schema.fields).map(([name, field]) => [name, describe(field)]);
      const required = schema.required && { required: schema.required };
      return { type: "object", properties: Object.fromEntries(fields), ...required };
    }
    case "string":
    case "integer":
    case "boolean":
      return { ...schema };
  }
}

function kindOf({ group, version, kind }: Resource, single: boolean): object {
  const name = { group, version, kind };
  return { "x-kubernetes-group-version-kind": single ? name : [name] };
}

function schemaName({ group, version, kind }: Resource): string {
  const reversed = group === "" ? "io.k8s.api.core" : group.split(".").toReversed().join(".");
  return `${reversed}.${version}.${kind}`;
}
