import type { KubeObject } from "../../objects/kube-object.ts";
import { badRequest } from "../api-error.ts";
import { type Matches, parseFieldSelector, parseLabelSelector } from "../registry/selectors.ts";
import type { ResourceRequest } from "./request-info.ts";

/** Which objects a list or a watch is about. */
export function selectionOf(
  { resource, namespace, name }: ResourceRequest,
  query: URLSearchParams,
): Matches {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", resource);
  return (object: KubeObject) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    labels(object.metadata.labels ?? {}) &&
    fields(object);
}

/** @throws {ApiError} 400 for a text that is no number */
export function wholeNumber(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`invalid value for ${key}: '${text}'`);
  return Number(text);
}

export function isTrue(query: URLSearchParams, key: string): boolean {
  const text = query.get(key);
  return text === "true" || text === "1" || text === "";
}
