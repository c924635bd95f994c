import { z } from "zod";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const DockerConfig = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
});

/**
 * Finds the credentials for a registry in a docker `config.json`.
 *
 * @throws {Error} if the text is no docker config; the text itself is never in the message
 */
export function findCredentials(text: string, registry: string): Credentials | undefined {
  const { auths } = parseConfig(text);
  // Keys may be written as `https://host/v1/`.
  const entry = Object.entries(auths).find(
    ([key]) => key.replace(/^https?:\/\//, "").split("/")[0] === registry,
  )?.[1];
  if (!entry) return undefined;
  if (entry.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password };
  }
  const [username = "", ...password] = Buffer.from(entry.auth ?? "", "base64")
    .toString("utf8")
    .split(":");
  return { username, password: password.join(":") };
}

function parseConfig(text: string): z.infer<typeof DockerConfig> {
  try {
    return DockerConfig.parse(JSON.parse(text));
  } catch (error) {
    throw new Error("the docker config is not valid", { cause: error });
  }
}
