import type { AppFunction } from "../app/function-lookup.ts";
import type { Binding } from "../app/core-api.ts";
import { UsageError } from "../../program/usage-error.ts";

const TRIGGERS = new Set([
  "httptrigger",
  "timertrigger",
  "queuetrigger",
  "orchestrationtrigger",
  "activitytrigger",
  "entitytrigger",
]);
const INPUTS = new Set(["durableclient", "orchestrationclient"]);
const OUTPUTS = new Set(["http", "queue"]);

/** @throws {UsageError} naming each binding that this host has no part for */
export function refuseUnknownBindings(functions: readonly AppFunction[]): void {
  const unknown = functions.flatMap((fn) =>
    Object.entries(fn.metadata.bindings)
      .filter(([name, binding]) => !isKnown(binding, name === fn.triggerName))
      .map(([name, binding]) => `  function '${fn.name}': ${binding.type} (binding '${name}')`),
  );
  if (unknown.length === 0) return;
  throw new UsageError(
    `This host has no such binding:\n${unknown.join("\n")}\n` +
      "It knows the HTTP, timer, storage queue and durable triggers, durable clients, and HTTP and storage queue outputs. " +
      "To run the rest of the app, set AzureWebJobs.<function>.Disabled to true for these functions.",
  );
}

function isKnown({ type, direction }: Binding, isTrigger: boolean): boolean {
  const lower = type.toLowerCase();
  if (isTrigger) return TRIGGERS.has(lower);
  return direction === "out" ? OUTPUTS.has(lower) : INPUTS.has(lower);
}
