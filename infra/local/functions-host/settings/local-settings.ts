import { readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { parseJson } from "./parse-json.ts";

const LOCAL_SETTINGS = "local.settings.json";

const LocalSettings = z.object({
  IsEncrypted: z
    .literal(false, { error: "encrypted settings cannot be read; run 'func settings decrypt'" })
    .optional(),
  Values: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({}),
  Host: z
    .looseObject({ LocalHttpPort: z.coerce.number().int().min(0).max(65_535).optional() })
    .optional(),
});

/** What a worker finds in its environment, whatever the app's settings say about it. */
const WORKER_SETTINGS = {
  FUNCTIONS_WORKER_RUNTIME: "node",
  AZURE_FUNCTIONS_ENVIRONMENT: "Development",
};

/**
 * Adds the settings of `local.settings.json`; one that is in the environment already stays, as with `func`.
 *
 * @param file another one of that format
 */
export function applySettings(root: string, env: NodeJS.ProcessEnv, file?: string): void {
  const settings = file === undefined ? readLocalSettings(root) : readSettings(file);
  for (const [name, value] of Object.entries({ ...WORKER_SETTINGS, ...settings })) {
    env[name] ??= value;
  }
}

/** `Host.LocalHttpPort`, which `func start` takes for its port. */
export function readLocalPort(root: string): number | undefined {
  return parseSettings(path.join(root, LOCAL_SETTINGS))?.Host?.LocalHttpPort;
}

/** By name; none if the app has no such file. */
function readLocalSettings(root: string): Record<string, string> {
  return parseSettings(path.join(root, LOCAL_SETTINGS))?.Values ?? {};
}

function readSettings(file: string): Record<string, string> {
  const settings = parseSettings(file);
  if (!settings) throw new UsageError(`The settings ${file} cannot be read.`);
  return settings.Values;
}

/** @returns undefined if there is no such file */
function parseSettings(file: string): z.infer<typeof LocalSettings> | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  return parseJson(file, text, LocalSettings);
}
