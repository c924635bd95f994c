import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { UsageError } from "../program/usage-error.ts";

/** The keys of the Functions host, as its option `--keys` reads them. */
const HostKeys = z.object({ master: z.string(), function: z.string(), system: z.string() });
export type HostKeys = z.infer<typeof HostKeys>;

export interface Secrets {
  readonly hostKeys: HostKeys;
  readonly hostKeysFile: string;
  /** Signs the capabilities by which training pods read datasets. */
  readonly datasetUrlKey: string;
}

const ONLY_OWNER = { mode: 0o600 };

/** Made at the first start and kept, for the owner of the directory only. */
export function keepSecrets(directory: string): Secrets {
  const hostKeysFile = path.join(directory, "host-keys.json");
  const hostKeys = keep(hostKeysFile, HostKeys, () => ({
    master: random(),
    function: random(),
    system: random(),
  }));
  const datasetUrlKey = keep(
    path.join(directory, "dataset-url-key.json"),
    z.string().min(32),
    random,
  );
  return { hostKeys, hostKeysFile, datasetUrlKey };
}

function keep<Kept>(file: string, schema: z.ZodType<Kept>, make: () => Kept): Kept {
  if (!existsSync(file)) {
    const made = make();
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, ONLY_OWNER);
    return made;
  }
  try {
    return schema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new UsageError(`${file} is not what an earlier start wrote: remove it.`, {
      cause: error,
    });
  }
}

function random(): string {
  return randomBytes(32).toString("base64url");
}
