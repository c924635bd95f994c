import { z } from "zod";

import { toJson } from "./deep-equal.ts";
import type { KubeObject } from "./kube-object.ts";

const texts = z.record(z.string(), z.string());

const OwnerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

const ObjectShape = z.looseObject({
  apiVersion: z.string().default(""),
  kind: z.string().default(""),
  metadata: z
    .looseObject({
      name: z.string().default(""),
      generateName: z.string().optional(),
      namespace: z.string().optional(),
      uid: z.string().optional(),
      resourceVersion: z.string().optional(),
      generation: z.number().optional(),
      // The official clients send `null` for a time that is not set.
      creationTimestamp: z.string().nullish().transform(withoutNull),
      deletionTimestamp: z.string().nullish().transform(withoutNull),
      deletionGracePeriodSeconds: z.number().optional(),
      labels: texts.optional(),
      annotations: texts.optional(),
      finalizers: z.array(z.string()).optional(),
      ownerReferences: z.array(OwnerReference).optional(),
    })
    .prefault({}),
});

/**
 * Reads a document that should be an object of the API, as a copy without ties to the original.
 *
 * @throws {z.ZodError} if the metadata has not its form
 */
export function parseObject(document: unknown): KubeObject {
  const object = ObjectShape.parse(withoutNulls(document));
  return { ...object, metadata: withoutUndefined(object.metadata) };
}

/** Go's decoder takes `"labels": null` for "no labels". */
function withoutNulls(document: unknown): unknown {
  return JSON.parse(JSON.stringify(toJson(document) ?? null), (_, value: unknown) =>
    value === null ? undefined : value,
  );
}

function withoutNull(value: string | null | undefined): string | undefined {
  return value ?? undefined;
}

function withoutUndefined<Value extends object>(value: Value): Value {
  const copy = { ...value };
  for (const key of Object.keys(copy)) {
    if (Reflect.get(copy, key) === undefined) Reflect.deleteProperty(copy, key);
  }
  return copy;
}
