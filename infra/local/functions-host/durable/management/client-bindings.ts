import type { Binding } from "../../app/core-api.ts";
import type { AppFunction } from "../../app/function-lookup.ts";
import { UsageError } from "../../../program/usage-error.ts";
import { resolveSettings } from "../../settings/expressions.ts";
import type { LinkOptions } from "./links.ts";

const CLIENTS: ReadonlySet<string> = new Set(["durableclient", "orchestrationclient"]);

/**
 * A durable client may name a task hub and a connection of its own. In Azure these reach another app's
 * orchestrations; here there is one hub.
 *
 * @throws {UsageError} naming each client that asks for another
 */
export function refuseOtherHubs(
  functions: readonly AppFunction[],
  own: LinkOptions,
  env: NodeJS.ProcessEnv,
): void {
  const others = functions.flatMap((fn) =>
    Object.entries(fn.metadata.bindings)
      .filter(([, binding]) => CLIENTS.has(binding.type.toLowerCase()))
      .flatMap(([name, binding]) => {
        const where = `Function '${fn.name}', binding '${name}'`;
        return [
          differenceOf(binding, "taskHub", own.hubName, where, env),
          differenceOf(binding, "connectionName", own.connectionName, where, env),
        ].filter((difference) => difference !== undefined);
      }),
  );
  if (others.length === 0) return;
  throw new UsageError(
    `This host has one task hub, '${own.hubName}' of the connection '${own.connectionName}':\n${others.join("\n")}\n` +
      "Leave these out, or set AzureWebJobs.<function>.Disabled to true for these functions.",
  );
}

function differenceOf(
  binding: Binding,
  key: "taskHub" | "connectionName",
  own: string,
  where: string,
  env: NodeJS.ProcessEnv,
): string | undefined {
  const value = binding[key];
  if (typeof value !== "string" || value === "") return undefined;
  const wanted = resolveSettings(value, env, `The ${key} of ${where}`);
  if (wanted.toLowerCase() === own.toLowerCase()) return undefined;
  // Two names for one storage account are one connection.
  if (key === "connectionName" && env[wanted] !== undefined && env[wanted] === env[own]) {
    return undefined;
  }
  return `  ${where}: ${key} '${wanted}'`;
}
