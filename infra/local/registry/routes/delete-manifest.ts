import { type Answer, emptyAnswer } from "../http/answer.ts";
import { RegistryError } from "../registry-error.ts";
import type { Catalog } from "../store/catalog.ts";
import { checkManifestsMayBeDeleted } from "../store/locks.ts";

/**
 * Deletes a manifest, its tags, and whatever refers to it: ACR deletes the whole graph
 * (learn.microsoft.com/azure/container-registry/container-registry-manage-artifact).
 *
 * @throws {RegistryError} 404, or 405 if anything of it is locked
 */
export function deleteManifest(catalog: Catalog, repository: string, digest: string): Answer {
  if (!catalog.manifest(repository, digest)) {
    throw new RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown", { detail: { digest } });
  }
  const graph = withReferrers(catalog, repository, digest);
  checkManifestsMayBeDeleted(catalog, repository, graph);
  catalog.removeManifests(repository, graph);
  return emptyAnswer(202);
}

function withReferrers(catalog: Catalog, repository: string, digest: string): string[] {
  const found = [digest];
  // Grows while it is walked. It ends: a digest cannot be part of what it is computed from.
  for (const subject of found) {
    found.push(...catalog.referrers(repository, subject).map((referrer) => referrer.digest));
  }
  return found;
}
