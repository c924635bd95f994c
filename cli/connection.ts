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
 * The local stack's key and authority are for the local stack alone.
 *
 * @throws {UsageError} if there is nothing to connect to
 */
export function findConnection({ url, env, directory }: Given): Connection {
  const key = given(env["ROLLFORWARD_KEY"]);
  const fromEnv = given(env["ROLLFORWARD_URL"]);
  const named =
    url === undefined
      ? fromEnv && appUrl(fromEnv, "ROLLFORWARD_URL")
      : appUrl(url, "the value of --url");
  const local = findLocal(directory);
  if (local && (named === undefined || named === local.url)) {
    return { ...local, key: key ?? local.key };
  }
  if (named !== undefined) return { url: named, key, ca: undefined };
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
    return { url: appUrl(url, "the address"), key, ca };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: remove it, or start the local stack again`, {
      cause: error,
    });
  }
}

function appUrl(text: string, what: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // `localhost:7071` is a URL too, of the scheme `localhost`.
  if (!url || !/^https?:$/.test(url.protocol)) {
    // Not repeated: what is no URL may well hold a key.
    throw new UsageError(`${what} is not a URL such as https://my-app.example`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new UsageError(
      `${what} must be an address alone; a key belongs in ROLLFORWARD_KEY, where nobody sees it`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

/** A setting that is there but empty is not given. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
