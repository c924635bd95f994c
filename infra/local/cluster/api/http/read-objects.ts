import { z } from "zod";

import type { KubeObject } from "../../objects/kube-object.ts";
import { badRequest } from "../api-error.ts";
import type { Registry } from "../registry/registry.ts";
import { apiVersionOf } from "../resource.ts";
import { metadataOf, renderTable } from "../table/render-table.ts";
import type { Call, Reply } from "./call.ts";
import { negotiate } from "./negotiate.ts";
import type { ResourceRequest } from "./request-info.ts";
import { selectionOf, wholeNumber } from "./selection.ts";

export function getObject(registry: Registry, info: ResourceRequest, call: Call): Reply {
  const object = registry.get(info.resource, info.namespace, info.name ?? "");
  return { status: 200, body: present(info, object, call) };
}

/** One object in the form that the client asked for. */
export function present({ resource }: ResourceRequest, object: KubeObject, call: Call): object {
  const as = negotiate(call.request.headers.accept);
  if (as === "object") return object;
  if (as === "metadata") return metadataOf(object);
  const { resourceVersion } = object.metadata;
  return renderTable(resource, [object], { resourceVersion }, tableOptions(call));
}

const Continue = z.object({ revision: z.string(), after: z.string() });

export function listObjects(registry: Registry, info: ResourceRequest, call: Call): Reply {
  const { resource } = info;
  const query = call.url.searchParams;
  const matches = selectionOf(info, query);
  const from = readContinue(query.get("continue"));
  const all = registry
    .list(resource, info.namespace)
    .filter((object) => matches(object) && (!from || keyOf(object) > from.after));
  const limit = wholeNumber(query, "limit") ?? 0;
  const page = limit > 0 ? all.slice(0, limit) : all;
  const left = all.length - page.length;
  const revision = from?.revision ?? String(registry.store.revision);
  const last = page.at(-1);
  const metadata = {
    resourceVersion: revision,
    ...(left > 0 &&
      last && {
        continue: writeContinue({ revision, after: keyOf(last) }),
        remainingItemCount: left,
      }),
  };
  return { status: 200, body: presentList(info, page, metadata, call) };
}

function presentList(
  { resource }: ResourceRequest,
  items: readonly KubeObject[],
  metadata: object,
  call: Call,
): object {
  const as = negotiate(call.request.headers.accept);
  if (as === "table") return renderTable(resource, items, metadata, tableOptions(call));
  if (as === "metadata") {
    return {
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      metadata,
      items: items.map(metadataOf),
    };
  }
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata, items };
}

export function tableOptions(call: Call): Parameters<typeof renderTable>[3] {
  const include = call.url.searchParams.get("includeObject");
  return {
    include: include === "None" || include === "Object" ? include : "Metadata",
    withHeader: true,
  };
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function writeContinue(token: z.infer<typeof Continue>): string {
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

function readContinue(text: string | null): z.infer<typeof Continue> | undefined {
  if (!text) return undefined;
  try {
    return Continue.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    throw badRequest("continue key is not valid");
  }
}
