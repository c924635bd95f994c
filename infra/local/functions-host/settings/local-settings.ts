import { readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { parseJson } from "./parse-json.ts";

const LocalSettings = z.object({
  IsEncrypted: z
    .literal(false, { error: "encrypted settings cannot be read; run 'func settings decrypt'" })
    .optional(),
  Values: z.record(z.string(), z.coerce.string()).default({}),
});

/** What a worker finds in its environment, whatever the app's settings say about it. */
const WORKER_SETTINGS = {
  FUNCTIONS_WORKER_RUNTIME: "node",
  AZURE_FUNCTIONS_ENVIRONMENT: "Development",
};

/** Adds the settings of `local.settings.json`; one that is in the environment already stays, as with `func`. */
export function applySettings(root: string, env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries({ ...WORKER_SETTINGS, ...readLocalSettings(root) })) {
    env[name] ??= value;
  }
}

/** By name; none if the app has no such file. */
function readLocalSettings(root: string): Record<string, string> {
  const file = path.join(root, "local.settings.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return {};
  }
  return parseJson(file, text, LocalSettings).Values;
}
