import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

import { UsageError } from "../../program/usage-error.ts";
import type { SavedHistory } from "./history-file.ts";

/**
 * The histories of a directory, or the one file that is named.
 *
 * @throws {UsageError} if there is none
 */
export function findHistories(place: string): string[] {
  if (!statSync(place, { throwIfNoEntry: false })) {
    throw new UsageError(
      `${place} does not exist. Name a directory with saved histories; 'record' makes them.`,
    );
  }
  if (statSync(place).isFile()) return [place];
  const files = readdirSync(place)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => path.join(place, name));
  if (files.length > 0) return files;
  throw new UsageError(`There is no saved history in ${place}; 'record' makes them.`);
}

const LONGEST_NAME = 120;

/** `run.support-1.json`; what a file name cannot hold is left out, and a digest then keeps names apart. */
export function fileNameOf({ orchestration, instanceId }: SavedHistory): string {
  const exact = `${orchestration}.${instanceId}`;
  const safe = exact.replaceAll(/[^\w.-]+/g, "_").slice(0, LONGEST_NAME);
  if (safe === exact) return `${exact}.json`;
  return `${safe}.${createHash("sha256").update(exact).digest("hex").slice(0, 8)}.json`;
}
