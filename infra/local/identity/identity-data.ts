import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { z } from "zod";

import { UsageError } from "../program/usage-error.ts";
import { generateIssuerKey, type Principal } from "./issuer.ts";

const StoredPrincipal = z.object({
  tenantId: z.guid(),
  clientId: z.guid(),
  principalId: z.guid(),
});

/** Only the owner of the files may sign tokens. */
const SECRET = { mode: 0o600, flag: "wx" };

/**
 * Who the identity is, made at the first start.
 *
 * @param directory undefined: another identity at each start
 */
export async function keepPrincipal(directory: string | undefined): Promise<Principal> {
  const made = { tenantId: randomUUID(), clientId: randomUUID(), principalId: randomUUID() };
  if (directory === undefined) return made;
  const file = path.join(directory, "identity.json");
  const text = await keep(file, async () => `${JSON.stringify(made, null, 2)}\n`);
  try {
    return StoredPrincipal.parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${file} is not what an earlier start wrote: remove it.`, {
      cause: error,
    });
  }
}

/**
 * The key that signs, as PEM, made at the first start. It outlives a restart, because so do tokens: a
 * managed identity's are good for a day, and clients keep them.
 */
export async function keepIssuerKey(file: string | undefined): Promise<string> {
  return file === undefined ? generateIssuerKey() : keep(file, generateIssuerKey);
}

async function keep(file: string, make: () => Promise<string>): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const made = await make();
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, made, SECRET);
  return made;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
