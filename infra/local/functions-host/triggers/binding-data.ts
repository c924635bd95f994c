import type { AppFunction } from "../app/function-lookup.ts";
import type { Invocation } from "../app/invocation.ts";
import { bytesOf, type HttpData, type TypedData, valueOf } from "../app/rpc.ts";
import type { Clock } from "../../program/clock/clock.ts";
import type { Ids } from "../ids.ts";
import { type BindingData, Guid, parseObject } from "./binding-expressions.ts";

/** Where times and new names come from. */
export interface World {
  readonly clock: Clock;
  readonly ids: Ids;
}

type NullableValues = Readonly<Record<string, { readonly value: string }>> | undefined;

/**
 * What the expressions of a function's bindings can name: what its trigger says about itself, and for HTTP
 * what is in the request (azure-functions-host, HttpTriggerAttributeBindingProvider.cs).
 */
export function bindingDataOf(
  fn: AppFunction,
  { triggerMetadata = {}, data }: Invocation,
  world: World,
): BindingData {
  const http = data?.http;
  // A body can be large: it is read only if something asks for it, and once.
  let fields: Fields | undefined;
  const fieldsOf = (): Fields => (fields ??= readFields(http ? http.body : data));
  return (name) => {
    const lower = name.toLowerCase();
    const said = find(triggerMetadata, lower);
    if (said !== undefined) return said === null ? null : valueOf(said);
    const asked = http && fromRequest(http, lower);
    if (asked !== undefined) return asked;
    return find(fieldsOf(), lower) ?? builtIn(lower, fn, world);
  };
}

type Fields = Readonly<Record<string, unknown>>;

function readFields(data: TypedData | null | undefined): Fields {
  return (data && parseObject(bytesOf(data).toString("utf8"))) ?? {};
}

/** Known everywhere; the trigger's own data goes first (BindingTemplateToken.cs, SystemBindingData.cs). */
function builtIn(lower: string, { name }: AppFunction, { clock, ids }: World): unknown {
  switch (lower) {
    case "rand-guid":
      return new Guid(ids.uuid());
    case "datetime":
      return new Date(clock.now());
    case "sys":
      return {
        methodName: name,
        utcNow: new Date(clock.now()),
        randGuid: new Guid(ids.uuid()),
      };
    default:
      return undefined;
  }
}

function fromRequest(http: HttpData, lower: string): unknown {
  const { nullableParams, nullableQuery, nullableHeaders } = http;
  const named = find(nullableParams ?? {}, lower) ?? find(nullableQuery ?? {}, lower);
  if (named) return named.value;
  if (lower === "headers") return valuesOf(nullableHeaders);
  return lower === "query" ? valuesOf(nullableQuery) : undefined;
}

function valuesOf(values: NullableValues): object {
  return Object.fromEntries(Object.entries(values ?? {}).map(([name, { value }]) => [name, value]));
}

function find<Value>(values: Readonly<Record<string, Value>>, lower: string): Value | undefined {
  return Object.entries(values).find(([name]) => name.toLowerCase() === lower)?.[1];
}

/**
 * Adds a JSON message's fields to what its trigger says, as texts; of two with one name the message's wins,
 * and arrays are left out (azure-functions-host, Utility.ApplyBindingData).
 */
export function withFields(
  own: Readonly<Record<string, TypedData>>,
  text: string,
): Record<string, TypedData> {
  const all = { ...own };
  for (const [name, field] of Object.entries(parseObject(text) ?? {})) {
    if (field === null || Array.isArray(field)) continue;
    // Names have no case there, and the first spelling stays.
    const key =
      Object.keys(all).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    all[key] =
      typeof field === "object" ? { json: JSON.stringify(field) } : { string: textOf(field) };
  }
  return all;
}

/** Newtonsoft's text of a JSON value. */
function textOf(field: unknown): string {
  if (typeof field === "boolean") return field ? "True" : "False";
  return String(field);
}
