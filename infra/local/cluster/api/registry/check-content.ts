import { z } from "zod";

import type { KubeObject } from "../../objects/kube-object.ts";
import { parseObject } from "../../objects/parse-object.ts";
import { badRequest, invalid, invalidValue, type StatusCause } from "../api-error.ts";
import { hasStatus, type Resource } from "../resource.ts";
import { conform } from "./structural-schema.ts";

/** Asked before a write; throws if the object is refused. */
export type Admit = (object: KubeObject, before: KubeObject | undefined) => void;

export interface ContentOptions {
  readonly strict?: boolean | undefined;
  readonly warn?: ((field: string) => void) | undefined;
}

/**
 * The object with defaults and without unknown fields.
 *
 * @throws {ApiError} 422 if it has not the form of its kind, 400 for an unknown field in strict mode
 */
export function checkContent(
  resource: Resource,
  object: KubeObject,
  before: KubeObject | undefined,
  options: ContentOptions,
): KubeObject {
  const conformed = resource.schema ? prune(resource, object, options) : object;
  const causes = [
    ...shapeProblems(resource, conformed),
    ...(resource.validate?.(conformed, before) ?? []),
  ];
  if (causes.length > 0) throw invalid(resource, object.metadata.name, causes);
  return conformed;
}

function prune(resource: Resource, object: KubeObject, options: ContentOptions): KubeObject {
  if (!resource.schema) return object;
  const { apiVersion, kind, metadata, ...content } = object;
  const { value, unknownFields, causes } = conform(content, resource.schema);
  if (unknownFields.length > 0 && options.strict) {
    const list = unknownFields.map((field) => `unknown field "${field}"`).join(", ");
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${list}`,
    );
  }
  for (const field of unknownFields) options.warn?.(field);
  if (causes.length > 0) throw invalid(resource, metadata.name, causes);
  return parseObject({ apiVersion, kind, metadata, ...Object(value) });
}

/** The controllers rely on the form of what they read, so nothing else is let in. */
function shapeProblems(resource: Resource, object: KubeObject): StatusCause[] {
  if (!resource.check) return [];
  const { status, ...wanted } = object;
  const parsed = resource.check.safeParse(
    hasStatus(resource) && status === undefined ? wanted : object,
  );
  if (parsed.success) return [];
  return parsed.error.issues.map((issue) =>
    invalidValue(z.core.toDotPath(issue.path), undefined, issue.message),
  );
}
