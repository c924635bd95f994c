import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import type { Log } from "../log.ts";
import { parseJson } from "../settings/parse-json.ts";
import { createCoreApi, emptyRegistrations, type Registration } from "./core-api.ts";
import { FunctionApp } from "./function-app.ts";
import type { AppFunction } from "./function-lookup.ts";
import { provideCoreModule } from "./provide-core-module.ts";

export interface LoadAppOptions {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  /** JSON, for inputs of the type `durableClient`. */
  readonly durableClient: string;
}

const PackageJson = z.object({ main: z.string().optional() });

const TRIGGER = /trigger$/i;

/**
 * Loads the app's entry files, which register its functions.
 *
 * @throws {UsageError} if there is nothing to load
 * @throws what the app throws while it loads
 */
export async function loadApp(options: LoadAppOptions): Promise<FunctionApp> {
  const { root, env, log, durableClient } = options;
  const registrations = emptyRegistrations();
  provideCoreModule(
    createCoreApi(registrations, (level, category, message) => {
      log.write(level, category === "user" ? "Function.User" : "Worker", message);
    }),
  );

  for (const file of findEntryFiles(root)) await import(pathToFileURL(file).href);
  const capabilities = (await registrations.model?.getCapabilities({})) ?? {};
  registrations.isLocked = true;

  const functions = [...registrations.functions]
    .map(([id, registration]) => toAppFunction(id, registration))
    .filter((fn) => !isDisabled(fn.name, env));
  if (functions.length === 0) {
    throw new UsageError(
      `The app in ${root} registers no function (model v4 of @azure/functions), or all are disabled.`,
    );
  }
  const httpUri = capabilities["HttpUri"];
  return new FunctionApp({
    registrations,
    functions,
    httpUri: httpUri ? new URL(httpUri) : undefined,
    log,
    durableClient,
  });
}

/** package.json's `main` is a pattern: `dist/src/{index.js,functions/*.js}`. */
function findEntryFiles(root: string): string[] {
  const file = path.join(root, "package.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new UsageError(`${root} is not a Functions app: it has no package.json.`);
  }
  const { main } = parseJson(file, text, PackageJson);
  if (main === undefined) {
    throw new UsageError(`${file} has no "main": it must name the files that register functions.`);
  }
  const files = globSync(main, { cwd: root }).toSorted();
  if (files.length === 0) {
    throw new UsageError(`No file matches "main" of ${file} (${main}). Build the app first.`);
  }
  return files.map((name) => path.join(root, name));
}

function toAppFunction(id: string, { metadata, callback }: Registration): AppFunction {
  const { name, bindings } = metadata;
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

function isDisabled(name: string, env: NodeJS.ProcessEnv): boolean {
  const setting = env[`AzureWebJobs.${name}.Disabled`] ?? env[`AzureWebJobs_${name}_Disabled`];
  return setting === "1" || setting?.toLowerCase() === "true";
}
