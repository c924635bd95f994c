import { z } from "zod";

import type { KubeObject } from "../../objects/kube-object.ts";
import { parseObject } from "../../objects/parse-object.ts";
import { badRequest } from "../api-error.ts";
import { APPLY_PATCH, applyPatch, patchFor } from "../patch/apply-patch.ts";
import type { DeleteOptions } from "../registry/deletion.ts";
import type { Registry, UpdateOptions } from "../registry/registry.ts";
import { requireResourceVersion } from "../registry/update.ts";
import type { Call, Reply } from "./call.ts";
import { contentTypeOf, parseBody, readBody } from "./read-body.ts";
import { present } from "./read-objects.ts";
import type { ResourceRequest } from "./request-info.ts";
import { selectionOf, wholeNumber } from "./selection.ts";

export async function createObject(
  registry: Registry,
  info: ResourceRequest,
  call: Call,
): Promise<Reply> {
  const document = await readDocument(call);
  const { options, warnings } = writeOptions(call);
  const object = registry.create(info.resource, info.namespace, document, options);
  return { status: 201, body: present(info, object, call), warnings };
}

export async function replaceObject(
  registry: Registry,
  info: ResourceRequest,
  call: Call,
): Promise<Reply> {
  const wanted = readObject(await readDocument(call));
  if (wanted.metadata.name !== info.name) {
    throw badRequest(
      `the name of the object (${wanted.metadata.name}) does not match the name on the URL (${info.name})`,
    );
  }
  requireResourceVersion(info.resource, wanted);
  const { options, warnings } = writeOptions(call, info.subresource);
  const { namespace } = info;
  const placed = { ...wanted, metadata: { ...wanted.metadata, namespace } };
  const object = registry.update(info.resource, placed, options);
  return { status: 200, body: present(info, object, call), warnings };
}

export async function patchObject(
  registry: Registry,
  info: ResourceRequest,
  call: Call,
): Promise<Reply> {
  const { resource, namespace, name = "" } = info;
  const contentType = contentTypeOf(call.request);
  const combine = patchFor(contentType, resource);
  const patch = parseBody(await readBody(call.request), contentType);
  const { options, warnings } = writeOptions(call, info.subresource);
  if (contentType === APPLY_PATCH && !registry.find(resource, namespace, name)) {
    const created = registry.create(resource, namespace, patch, options);
    return { status: 201, body: present(info, created, call), warnings };
  }
  const object = registry.modify(
    resource,
    namespace,
    name,
    (current) => applyPatch(current, patch, combine),
    options,
  );
  return { status: 200, body: present(info, object, call), warnings };
}

export async function deleteObject(
  registry: Registry,
  info: ResourceRequest,
  call: Call,
): Promise<Reply> {
  const { resource, namespace, name = "" } = info;
  const options = await readDeleteOptions(call);
  const { object, gone } = registry.delete(resource, namespace, name, options);
  // kubernetes: ReturnDeletedObject is set for pods; others answer with a Status once they are gone.
  if (!gone || resource.kind === "Pod") return { status: 200, body: object };
  const { group, plural } = resource;
  const details = { name, group, kind: plural, uid: object.metadata.uid };
  return {
    status: 200,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details },
  };
}

export async function deleteObjects(
  registry: Registry,
  info: ResourceRequest,
  call: Call,
): Promise<Reply> {
  const options = await readDeleteOptions(call);
  const matches = selectionOf(info, call.url.searchParams);
  const items = registry.list(info.resource, info.namespace).filter(matches);
  for (const { metadata } of items) {
    registry.delete(info.resource, metadata.namespace, metadata.name, options);
  }
  const { kind, version, group } = info.resource;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  return {
    status: 200,
    body: {
      kind: `${kind}List`,
      apiVersion,
      metadata: { resourceVersion: String(registry.store.revision) },
      items,
    },
  };
}

async function readDocument({ request }: Call): Promise<unknown> {
  return parseBody(await readBody(request), contentTypeOf(request));
}

function readObject(document: unknown): KubeObject {
  try {
    return parseObject(document);
  } catch (error) {
    throw badRequest(`the object has not the form of one: ${describe(error)}`);
  }
}

function writeOptions(
  { url }: Call,
  subresource?: string,
): { options: UpdateOptions; warnings: string[] } {
  const query = url.searchParams;
  const warnings: string[] = [];
  const validation = query.get("fieldValidation") ?? "Warn";
  return {
    options: {
      dryRun: query.getAll("dryRun").includes("All"),
      strict: validation === "Strict",
      ...(validation === "Warn" && {
        warn: (field: string) => warnings.push(`unknown field "${field}"`),
      }),
      ...(subresource === "status" && { subresource }),
    },
    warnings,
  };
}

const DeleteBody = z.object({
  gracePeriodSeconds: z.number().int().min(0).nullish(),
  propagationPolicy: z.enum(["Foreground", "Background", "Orphan"]).nullish(),
  orphanDependents: z.boolean().nullish(),
  dryRun: z.array(z.string()).nullish(),
  preconditions: z
    .object({ uid: z.string().optional(), resourceVersion: z.string().optional() })
    .nullish(),
});

async function readDeleteOptions({ request, url }: Call): Promise<DeleteOptions> {
  const query = url.searchParams;
  const body = await readBody(request);
  const document: unknown = body.length > 0 ? parseBody(body, contentTypeOf(request)) : {};
  const parsed = DeleteBody.safeParse({
    propagationPolicy: query.get("propagationPolicy"),
    gracePeriodSeconds: wholeNumber(query, "gracePeriodSeconds"),
    ...Object(document),
  });
  if (!parsed.success) throw badRequest(`invalid delete options: ${describe(parsed.error)}`);
  const { dryRun, gracePeriodSeconds, orphanDependents, preconditions, propagationPolicy } =
    parsed.data;
  return {
    dryRun: (dryRun ?? query.getAll("dryRun")).includes("All"),
    gracePeriodSeconds: gracePeriodSeconds ?? undefined,
    propagationPolicy: propagationPolicy ?? (orphanDependents ? "Orphan" : undefined),
    preconditions: preconditions ?? undefined,
  };
}

function describe(error: unknown): string {
  return error instanceof z.ZodError ? z.prettifyError(error) : String(error);
}
