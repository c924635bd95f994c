import type { VersionRecord } from "../../shared/domain/version.ts";
import { PermanentError } from "../../shared/errors.ts";
import type { Versions } from "../../shared/ports/versions.ts";

/** @throws {PermanentError} if there is no such version */
export async function readVersion(
  versions: Versions,
  pipeline: string,
  version: number,
): Promise<VersionRecord> {
  const record = await versions.find(pipeline, version);
  if (!record) throw new PermanentError("INTERNAL", `${pipeline} has no version v${version}`);
  return record;
}
