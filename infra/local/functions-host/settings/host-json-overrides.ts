import { z } from "zod";

/** `AzureFunctionsJobHost__logging__logLevel__default`; `:` is for settings files, where it may stand in a name. */
const NAME = /^AzureFunctionsJobHost(?:__|:)(.+)$/i;
const SEPARATOR = /__|:/;

/** The words that configuration in the environment has for what are no texts in JSON. */
const WORD = /^(?:true|false|\d{1,15})$/i;

const Section = z.record(z.string(), z.unknown());
type Section = z.infer<typeof Section>;

/**
 * Puts the settings that are meant for it over a host.json that was parsed: this is how an app in Azure is told
 * something else without another deployment (functions-host-json, "Override host.json values").
 */
export function overrideHostJson(hostJson: unknown, env: NodeJS.ProcessEnv): unknown {
  let overridden = hostJson;
  for (const [name, text] of Object.entries(env)) {
    const [, keys] = NAME.exec(name) ?? [];
    if (keys !== undefined && text !== undefined) {
      overridden = override(overridden, keys.split(SEPARATOR), valueOf(text));
    }
  }
  return overridden;
}

/** .NET's configuration compares keys without case; one that is there keeps the letters it has. */
function override(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const section: Section = Section.safeParse(value).data ?? {};
  const known = Object.keys(section).find((name) => name.toLowerCase() === key.toLowerCase());
  const name = known ?? key;
  return { ...section, [name]: override(section[name], rest, leaf) };
}

function valueOf(text: string): unknown {
  return WORD.test(text) ? JSON.parse(text.toLowerCase()) : text;
}
