import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { UsageError } from "./errors.ts";

/** Where the app is, and what lets us in. */
export interface Connection {
  readonly url: string;
  readonly key: string | undefined;
  /** PEM of an authority to trust in addition, for uploads to the local stack. */
  readonly ca: string | undefined;
}

/** What the local stack writes when it starts. */
const LocalFile = z.object({ url: z.url(), key: z.string(), caFile: z.string().optional() });

const LOCAL_FILE = path.join(".rollforward", "local.json");

interface Given {
  readonly url?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
}

/**
 * Finds the app: `--url`, then `ROLLFORWARD_URL`, then the local stack of this folder or one above it.
 *
 * The key comes from `ROLLFORWARD_KEY`, never from an option: options are seen by everybody on a machine.
 *
 * @throws {UsageError} if there is nothing to connect to
 */
export function findConnection({ url, env, directory }: Given): Connection {
  const local = findLocal(directory);
  const wanted = url ?? env["ROLLFORWARD_URL"];
  const key = env["ROLLFORWARD_KEY"];
  if (wanted !== undefined) {
    const isLocal = local?.url === trim(wanted);
    return { url: trim(wanted), key: key ?? (isLocal ? local?.key : undefined), ca: local?.ca };
  }
  if (local) return { ...local, key: key ?? local.key };
  throw new UsageError(
    "Where is Rollforward? Start the local stack in this folder (npm start), or name the app with --url or ROLLFORWARD_URL.",
  );
}

function findLocal(directory: string): Connection | undefined {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const file = path.join(at, LOCAL_FILE);
    if (existsSync(file)) return readLocal(file);
    if (at === path.dirname(at)) return undefined;
  }
}

function readLocal(file: string): Connection {
  try {
    const { url, key, caFile } = LocalFile.parse(JSON.parse(readFileSync(file, "utf8")));
    const ca =
      caFile !== undefined && existsSync(caFile) ? readFileSync(caFile, "utf8") : undefined;
    return { url: trim(url), key, ca };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: remove it, or start the local stack again`, {
      cause: error,
    });
  }
}

function trim(url: string): string {
  if (!URL.canParse(url)) throw new UsageError(`'${url}' is not a URL`);
  return url.replace(/\/$/, "");
}
