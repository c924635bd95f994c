import { UsageError } from "../../program/usage-error.ts";

const EXPRESSION = /%([^%]+)%/g;

/**
 * Replaces each `%NAME%` by the setting of that name.
 *
 * @param where what the text belongs to, for the error
 * @throws {UsageError} if there is no such setting
 */
export function resolveSettings(text: string, env: NodeJS.ProcessEnv, where: string): string {
  return text.replaceAll(EXPRESSION, (_, name: string) => {
    const value = env[name];
    if (value === undefined) {
      throw new UsageError(
        `${where} needs the setting '${name}', which is missing. Set it in the environment or in local.settings.json.`,
      );
    }
    return value;
  });
}
