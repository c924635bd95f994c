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
    .looseObject({
      LocalHttpPort: z.coerce.number().int().min(0).max(65_535).optional(),
      /** Origins, with commas between them. */
      CORS: z.string().default(""),
      CORSCredentials: z.boolean().default(false),
    })
    .optional(),
});
type LocalSettings = z.infer<typeof LocalSettings>;

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
  const all = { ...WORKER_SETTINGS, ...corsSettings(settings), ...settings?.Values };
  for (const [name, value] of Object.entries(all)) env[name] ??= value;
}

/** As Azure tells the host of them (HostCorsOptionsSetup.cs). */
function corsSettings(settings: LocalSettings | undefined): Record<string, string> {
  const { CORS = "", CORSCredentials = false } = settings?.Host ?? {};
  const origins = CORS.split(",").map((origin) => origin.trim());
  const named = origins.filter((origin) => origin !== "");
  if (named.length === 0) return {};
  return {
    WEBSITE_CORS_ALLOWED_ORIGINS: JSON.stringify(named),
    WEBSITE_CORS_SUPPORT_CREDENTIALS: String(CORSCredentials),
  };
}

/** `Host.LocalHttpPort`, which `func start` takes for its port. */
export function readLocalPort(root: string): number | undefined {
  return readLocalSettings(root)?.Host?.LocalHttpPort;
}

/** @returns undefined if the app has no such file */
function readLocalSettings(root: string): LocalSettings | undefined {
  return parseSettings(path.join(root, LOCAL_SETTINGS));
}

function readSettings(file: string): LocalSettings {
  const settings = parseSettings(file);
  if (!settings) throw new UsageError(`The settings ${file} cannot be read.`);
  return settings;
}

/** @returns undefined if there is no such file */
function parseSettings(file: string): LocalSettings | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  return parseJson(file, text, LocalSettings);
}
