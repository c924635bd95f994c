import { z } from "zod";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const Unit = z.enum(["ms", "s", "m", "h", "d"]);

/** `90s`, `30m`, `12h`, `3d` -> milliseconds. */
export const Duration = z
  .string()
  .regex(/^[1-9][0-9]{0,6}(?:ms|s|m|h|d)$/, "a duration such as 90s, 30m, 12h or 3d")
  .transform((text) => {
    const unit = Unit.parse(text.replace(/^[0-9]+/, ""));
    return Number.parseInt(text, 10) * UNIT_MS[unit];
  });

/** `5%` -> 0.05. */
export const Percentage = z
  .string()
  .regex(/^[0-9]{1,2}(?:\.[0-9]{1,2})?%$/, "a percentage below 100% such as 5%")
  .transform((text) => Number.parseFloat(text) / 100);

/**
 * The name of a setting that holds a secret. The prefix keeps a pipeline from naming one of the app's own
 * settings and having it sent somewhere.
 */
export const SettingName = z
  .string()
  .regex(
    /^ROLLFORWARD_SECRET_[A-Z0-9_]{1,80}$/,
    "the name of a setting, ROLLFORWARD_SECRET_ and capitals, never the secret itself",
  );

/** Kept as it is written; five fields. */
export const Cron = z
  .string()
  .max(100, "at most 100 characters")
  .regex(/^[^\s]+(?: [^\s]+){4}$/, "five fields, such as 0 3 * * 1");

/** A DNS label of at most 30 characters: it goes into the names of runs and Workspaces. */
export const Name = z
  .string()
  .max(30, "at most 30 characters")
  .regex(
    /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
    "lower-case letters, digits and dashes, no dash at the ends",
  );

/** As a Service it must begin with a letter (RFC 1035), and as an adapter it is a model id. */
export const ServingName = Name.regex(/^[a-z]/, "a name that begins with a letter");

export const ContainerName = z
  .string()
  .min(3, "3 to 63 characters")
  .max(63, "3 to 63 characters")
  .regex(/^[a-z0-9](?:-?[a-z0-9])*$/, "a container name: lower-case letters, digits, single dashes")
  .refine(
    (name) => !["rollforward", "pipelines"].includes(name),
    "another container: rollforward and pipelines are the app's own",
  );

export const Prefix = z
  .string()
  .max(200, "at most 200 characters")
  .regex(/^(?:[^/\\?#%*:|"<>]+\/)+$/, "a folder such as support/, ending with a slash")
  .refine(
    (prefix) => !prefix.split("/").some((part) => part === "." || part === ".."),
    "a folder without . and ..",
  )
  .refine((prefix) => !/\p{Cc}/u.test(prefix), "a folder without control characters");

/** OCI distribution's rule for names. */
export const RepositoryName = z
  .string()
  .max(200, "at most 200 characters")
  .regex(
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
    "a repository such as adapters/support, without registry and tag",
  );
