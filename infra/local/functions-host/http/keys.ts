import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

import { z } from "zod";

import { UsageError } from "../../program/usage-error.ts";
import { parseJson } from "../settings/parse-json.ts";
import { reasonOf } from "../../program/reason-of.ts";

const Key = z.string().min(8, "a key has at least 8 characters");

export const HostKeys = z.object({
  /** Opens everything. */
  master: Key,
  /** Opens functions of level `function`. */
  function: Key,
  /** Opens the webhooks of the Durable extension. */
  system: Key,
});
export type HostKeys = z.infer<typeof HostKeys>;

export function createKeys(): HostKeys {
  return { master: newKey(), function: newKey(), system: newKey() };
}

/** @throws {UsageError} if the file cannot be read or is not right */
export function readKeys(file: string): HostKeys {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = reasonOf(error);
    throw new UsageError(`The keys in ${file} cannot be read: ${reason}`, { cause: error });
  }
  return parseJson(file, text, HostKeys);
}

/** Makes the keys at the first start, readable by their owner only. */
export function readOrCreateKeys(file: string): HostKeys {
  const keys = createKeys();
  try {
    writeFileSync(file, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    return keys;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return readKeys(file);
    throw error;
  }
}

/** Takes the same time whatever the difference. */
export function isOneOf(given: string | undefined, keys: readonly string[]): boolean {
  if (given === undefined) return false;
  const bytes = Buffer.from(given);
  return keys.some((key) => {
    const expected = Buffer.from(key);
    return expected.length === bytes.length && timingSafeEqual(expected, bytes);
  });
}

function newKey(): string {
  return randomBytes(32).toString("base64url");
}
