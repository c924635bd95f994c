import { z } from "zod";

import type { Binding } from "../app/core-api.ts";
import type { AppFunction } from "../app/function-lookup.ts";
import { UsageError } from "../../program/usage-error.ts";
import { resolveSettings } from "../settings/expressions.ts";

/** A binding of a function, for what reads it and for errors about it. */
export interface NamedBinding {
  readonly fn: AppFunction;
  /** The key among the function's bindings. */
  readonly name: string;
  readonly binding: Binding;
}

export function triggerOf(fn: AppFunction): NamedBinding {
  return { fn, name: fn.triggerName, binding: fn.trigger };
}

/** How errors speak of a binding. */
export function describeBinding({ fn, binding }: NamedBinding): string {
  return `The ${binding.type} binding of function '${fn.name}'`;
}

/**
 * Puts the settings in for each `%NAME%` of a binding, and checks its options.
 *
 * @throws {UsageError} if a setting is missing or an option is not right
 */
export function readBinding<Schema extends z.ZodType>(
  named: NamedBinding,
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.infer<Schema> {
  const where = describeBinding(named);
  const resolved = Object.entries(named.binding).map(([key, value]) => [
    key,
    typeof value === "string" ? resolveSettings(value, env, where) : value,
  ]);
  const parsed = schema.safeParse(Object.fromEntries(resolved));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${where}: ${z.prettifyError(parsed.error)}`);
}
