import type { GetManifestResult } from "@azure/container-registry";

import { PermanentError } from "../../errors.ts";
import type { Registry } from "./registry-connection.ts";
import { absentOr } from "./registry-errors.ts";

/**
 * A manifest as the registry keeps it: `content` are the bytes that its digest is of.
 *
 * @returns `undefined` if there is no such tag, manifest or repository
 * @throws {PermanentError} `ADAPTER_INVALID` if the bytes are not those of the digest
 */
export async function findManifest(
  registry: Registry,
  repository: string,
  reference: string,
): Promise<GetManifestResult | undefined> {
  const doing = `Reading the manifest ${reference} of ${repository}`;
  return registry
    .contentOf(repository)
    .getManifest(reference, registry.deadline())
    .catch((error: unknown) => {
      if (isMismatch(error)) {
        throw invalidAdapter(repository, reference, ["the manifest is not what its digest says"]);
      }
      return absentOr(doing)(error);
    });
}

/** @throws {PermanentError} `ADAPTER_INVALID` if there is no such image */
export async function readManifest(
  registry: Registry,
  repository: string,
  digest: string,
): Promise<GetManifestResult> {
  const found = await findManifest(registry, repository, digest);
  if (!found) throw invalidAdapter(repository, digest, ["the registry has no such image"]);
  return found;
}

export function invalidAdapter(
  repository: string,
  reference: string,
  details: readonly string[],
): PermanentError {
  const message = `${repository}@${reference} is not an adapter that can be served`;
  return new PermanentError("ADAPTER_INVALID", message, { details });
}

/** The class of the one is not exported; the other is of a manifest that is not JSON. */
function isMismatch(error: unknown): boolean {
  return error instanceof Error && ["DigestMismatchError", "SyntaxError"].includes(error.name);
}
