import { UsageError } from "../../program/usage-error.ts";
import type { Log } from "../log.ts";
import { createCoreApi, emptyRegistrations, type Registration } from "./core-api.ts";
import { findEntryFiles, loadEntryFile, refuseOldModel } from "./entry-files.ts";
import { FunctionApp } from "./function-app.ts";
import type { AppFunction } from "./function-lookup.ts";
import { runLogHooks } from "./log-hooks.ts";
import { provideCoreModule } from "./provide-core-module.ts";

export interface LoadAppOptions {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** JSON, for inputs of the type `durableClient`. */
  readonly durableClient: string;
  /** How long an invocation may take; undefined is for ever. */
  readonly functionTimeoutMs?: number | undefined;
}

const TRIGGER = /trigger$/i;

/** As in the runtime (Utility.cs, IsValidFunctionName). */
const FUNCTION_NAME = /^(?!host$)[a-z][\w-]{0,127}$/i;

/**
 * Loads the app's entry files, which register its functions.
 *
 * @throws {UsageError} if there is nothing to load, or if functions are not what they must be
 * @throws what the app throws while it loads
 */
export async function loadApp(options: LoadAppOptions): Promise<FunctionApp> {
  const { root, env, log, durableClient, functionTimeoutMs } = options;
  const registrations = emptyRegistrations();
  const appHookData = {};
  provideCoreModule(
    createCoreApi(registrations, (level, category, message) => {
      const surroundings = { hookData: {}, appHookData, invocationContext: undefined };
      const line = { level, category, message };
      const shown = runLogHooks(registrations.hooks.log, line, surroundings);
      log.write(shown.level, category === "user" ? "Function.User" : "Worker", shown.message);
    }),
  );

  for (const file of findEntryFiles(root)) await loadEntryFile(file, log);
  const capabilities = (await registrations.model?.getCapabilities?.({})) ?? {};
  registrations.isLocked = true;

  const all = [...registrations.functions].map(([id, found]) => toAppFunction(id, found));
  refuseTwins(all);
  const functions = all.filter((fn) => !isDisabled(fn.name, env));
  if (all.length === 0) refuseOldModel(root);
  if (functions.length === 0) {
    throw new UsageError(
      `The app in ${root} registers no function (model v4 of @azure/functions), or all are disabled.`,
    );
  }
  const httpUri = capabilities["HttpUri"];
  return new FunctionApp({
    registrations,
    functions,
    disabled: all.filter((fn) => isDisabled(fn.name, env)).map((fn) => fn.name),
    httpUri: httpUri ? new URL(httpUri) : undefined,
    log,
    durableClient,
    appHookData,
    functionTimeoutMs,
  });
}

function toAppFunction(id: string, { metadata, callback }: Registration): AppFunction {
  const { name, bindings } = metadata;
  if (!FUNCTION_NAME.test(name)) {
    throw new UsageError(
      `'${name}' is not a valid function name: use letters, digits, _ and -, and begin with a letter.`,
    );
  }
  const triggers = Object.entries(bindings).filter(([, binding]) => TRIGGER.test(binding.type));
  const [first] = triggers;
  if (!first || triggers.length > 1) {
    throw new UsageError(`Function '${name}' must have one trigger, and has ${triggers.length}.`);
  }
  const [triggerName, trigger] = first;
  return {
    id,
    name,
    metadata,
    callback,
    triggerName,
    triggerType: trigger.type.toLowerCase(),
    trigger,
  };
}

/** Azure compares names without case. */
function refuseTwins(functions: readonly AppFunction[]): void {
  const seen = new Map<string, string>();
  for (const { name } of functions) {
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      throw new UsageError(
        `Two functions are named '${twin}' and '${name}': a name may be used once, whatever its case.`,
      );
    }
    seen.set(name.toLowerCase(), name);
  }
}

function isDisabled(name: string, env: NodeJS.ProcessEnv): boolean {
  const setting = env[`AzureWebJobs.${name}.Disabled`] ?? env[`AzureWebJobs_${name}_Disabled`];
  return setting === "1" || setting?.toLowerCase() === "true";
}
