import { z } from "zod";

import { isSameJson } from "../../objects/deep-equal.ts";
import { isJsonObject } from "../../objects/kube-object.ts";
import { ApiError, badRequest } from "../api-error.ts";

const Operation = z.discriminatedUnion("op", [
  z.object({ op: z.enum(["add", "replace", "test"]), path: z.string(), value: z.unknown() }),
  z.object({ op: z.literal("remove"), path: z.string() }),
  z.object({ op: z.enum(["move", "copy"]), path: z.string(), from: z.string() }),
]);
type Operation = z.infer<typeof Operation>;

/** apiserver: handlers/patch.go, maxJSONPatchOperations. */
const Operations = z.array(Operation).max(10_000);

/**
 * RFC 6902.
 *
 * @throws {ApiError} 400 for a document that is no patch, 422 for one that does not apply
 */
export function jsonPatch(target: unknown, document: unknown): unknown {
  const operations = Operations.safeParse(document);
  if (!operations.success) throw badRequest(`error decoding patch: ${operations.error.message}`);
  return operations.data.reduce(apply, target);
}

function apply(target: unknown, operation: Operation): unknown {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case "add":
      return edit(target, path, operation.value, "add");
    case "replace":
      read(target, path);
      return edit(target, path, operation.value, "replace");
    case "remove":
      read(target, path);
      return edit(target, path, undefined, "remove");
    case "test":
      if (!isSameJson(read(target, path), operation.value)) {
        throw doesNotApply(`testing value ${operation.path} failed`);
      }
      return target;
    case "copy":
      return edit(target, path, read(target, parsePointer(operation.from)), "add");
    case "move": {
      const from = parsePointer(operation.from);
      const value = read(target, from);
      return edit(edit(target, from, undefined, "remove"), path, value, "add");
    }
  }
}

function parsePointer(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw doesNotApply(`invalid path '${pointer}'`);
  const parts = pointer.slice(1).split("/");
  return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(target: unknown, path: readonly string[]): unknown {
  let here = target;
  for (const step of path) {
    if (Array.isArray(here)) here = here[indexOf(step, here.length - 1)];
    else if (isJsonObject(here) && Object.hasOwn(here, step)) here = here[step];
    else throw doesNotApply(`missing path '/${path.join("/")}'`);
  }
  return here;
}

function edit(
  target: unknown,
  [step, ...rest]: readonly string[],
  value: unknown,
  how: "add" | "replace" | "remove",
): unknown {
  if (step === undefined) return value;
  if (Array.isArray(target)) return editList(target, step, rest, value, how);
  const isLast = rest.length === 0;
  if (!isJsonObject(target) || !(isLast || Object.hasOwn(target, step))) {
    throw doesNotApply(`missing path at '${step}'`);
  }
  if (!isLast) return { ...target, [step]: edit(target[step], rest, value, how) };
  if (how !== "remove") return { ...target, [step]: value };
  return Object.fromEntries(Object.entries(target).filter(([key]) => key !== step));
}

function editList(
  target: readonly unknown[],
  step: string,
  rest: readonly string[],
  value: unknown,
  how: "add" | "replace" | "remove",
): unknown {
  const isLast = rest.length === 0;
  const at = indexOf(step, isLast && how === "add" ? target.length : target.length - 1);
  if (!isLast) return target.with(at, edit(target[at], rest, value, how));
  const removed = how === "add" ? 0 : 1;
  return target.toSpliced(at, removed, ...(how === "remove" ? [] : [value]));
}

function indexOf(step: string, last: number): number {
  if (step === "-") return last;
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : Number.NaN;
  if (!(index <= last)) throw doesNotApply(`no index '${step}' in the list`);
  return index;
}

function doesNotApply(why: string): ApiError {
  return new ApiError(
    422,
    "Invalid",
    `the server rejected our request due to an error in our request: ${why}`,
  );
}
