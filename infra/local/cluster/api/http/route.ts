import { forbidden, methodNotAllowed, noSuchPath } from "../api-error.ts";
import type { Dial } from "../cluster-network/dial.ts";
import { podLog } from "../cluster-network/pod-log.ts";
import { proxyRequest } from "../cluster-network/proxy.ts";
import { discoveryDocument } from "../discovery/discovery.ts";
import { OPENAPI_V2_PROTOBUF, openApiDocument, openApiV2Protobuf } from "../discovery/openapi.ts";
import { answerReview } from "../discovery/reviews.ts";
import type { Registry } from "../registry/registry.ts";
import type { Call, Reply } from "./call.ts";
import type { Identity } from "./authenticate.ts";
import { getObject, listObjects } from "./read-objects.ts";
import { parseResourcePath, type ResourceRequest } from "./request-info.ts";
import { isTrue } from "./selection.ts";
import { watchObjects } from "./watch-objects.ts";
import {
  createObject,
  deleteObject,
  deleteObjects,
  patchObject,
  replaceObject,
} from "./write-objects.ts";

export interface Services {
  readonly registry: Registry;
  readonly dial: Dial;
}

/** Finds who answers an authenticated request. */
export async function route(services: Services, identity: Identity, call: Call): Promise<Reply> {
  const path = call.url.pathname.replace(/(.)\/$/, "$1");
  if (call.method === "GET") {
    const document = describeApi(path, call.request.headers.accept ?? "");
    if (document) return document;
  }
  const review = await answerReview(path, identity, call);
  if (review) return review;
  const info = parseResourcePath(call.url.pathname);
  if (!info) throw noSuchPath();
  if (info.subresource !== undefined) return routeSubresource(services, info, call);
  return info.name === undefined
    ? routeCollection(services, info, call)
    : routeObject(services, info, call);
}

/** The documents by which clients learn what there is. */
function describeApi(path: string, accept: string): Reply | undefined {
  if (path === "/openapi/v2" && accept.includes("protobuf")) {
    return { status: 200, body: openApiV2Protobuf(), contentType: OPENAPI_V2_PROTOBUF };
  }
  const body = discoveryDocument(path) ?? openApiDocument(path);
  return body && { status: 200, body };
}

function routeSubresource(
  { registry, dial }: Services,
  info: ResourceRequest,
  call: Call,
): Reply | Promise<Reply> {
  const { resource, subresource = "", rest } = info;
  if (!resource.subresources.includes(subresource)) throw noSuchPath();
  if (subresource === "proxy") return proxyRequest(registry, dial, info, call);
  if (rest !== "") throw noSuchPath();
  if (subresource === "log") {
    if (call.method !== "GET") throw methodNotAllowed();
    return podLog(registry, dial, info, call);
  }
  // `finalize` is left to the namespace controller.
  if (subresource !== "status" || call.method === "DELETE") throw methodNotAllowed();
  return routeObject({ registry, dial }, info, call);
}

function routeObject(
  { registry }: Services,
  info: ResourceRequest,
  call: Call,
): Reply | Promise<Reply> {
  switch (call.method) {
    case "GET":
      return isTrue(call.url.searchParams, "watch")
        ? watchObjects(registry, info, call)
        : getObject(registry, info, call);
    case "PUT":
      return replaceObject(registry, info, call);
    case "PATCH":
      return patchObject(registry, info, call);
    case "DELETE":
      refuseBuiltIn(info);
      return deleteObject(registry, info, call);
    default:
      throw methodNotAllowed();
  }
}

function routeCollection(
  { registry }: Services,
  info: ResourceRequest,
  call: Call,
): Reply | Promise<Reply> {
  switch (call.method) {
    case "GET":
      return isTrue(call.url.searchParams, "watch")
        ? watchObjects(registry, info, call)
        : listObjects(registry, info, call);
    case "POST":
      if (info.resource.namespaced && info.namespace === undefined) throw methodNotAllowed();
      return createObject(registry, info, call);
    case "DELETE":
      if (info.resource.kind === "Namespace") throw methodNotAllowed();
      return deleteObjects(registry, info, call);
    default:
      throw methodNotAllowed();
  }
}

/** apiserver: admission/plugin/namespace/lifecycle, immortal namespaces. */
function refuseBuiltIn({ resource, name = "" }: ResourceRequest): void {
  if (resource.kind === "Namespace" && (name === "default" || name === "kube-system")) {
    throw forbidden(resource, name, "this namespace may not be deleted");
  }
}
