import { RegistryError } from "../registry-error.ts";
import { isDeleteLocked, isWriteLocked } from "./attributes.ts";
import type { Catalog } from "./catalog.ts";
import type { NewManifest } from "./records.ts";

/*
 * What ACR's locks forbid. A violation is 405 REGISTRY_DISALLOWED_OPERATION. Locks of a tag, of the
 * manifest it points at, and of the repository are independent: each is asked.
 * (learn.microsoft.com/azure/container-registry/container-registry-image-lock, Azure/acr#561)
 */

/** @throws {RegistryError} 405 */
export function checkRepositoryAllowsPush(catalog: Catalog, repository: string): void {
  refuseIf(isWriteLocked(catalog.repository(repository)));
}

/** @throws {RegistryError} 405 */
export function checkRepositoryAllowsDelete(catalog: Catalog, repository: string): void {
  refuseIf(isDeleteLocked(catalog.repository(repository)));
}

/**
 * A locked tag refuses its own digest too; whether ACR does is not known, and this is the careful guess.
 * A write-locked manifest takes no referrers, which is why images that will be signed are only locked
 * against deletion.
 *
 * @throws {RegistryError} 405
 */
export function checkManifestMayBePushed(
  catalog: Catalog,
  repository: string,
  { digest, subject }: Pick<NewManifest, "digest" | "subject">,
  tag: string | undefined,
): void {
  checkRepositoryAllowsPush(catalog, repository);
  refuseIf(tag !== undefined && isWriteLocked(catalog.tag(repository, tag)));
  refuseIf(isWriteLocked(catalog.manifest(repository, digest)));
  refuseIf(subject !== null && isWriteLocked(catalog.manifest(repository, subject)));
}

/** @throws {RegistryError} 405 */
export function checkTagMayBeDeleted(catalog: Catalog, repository: string, tag: string): void {
  checkRepositoryAllowsDelete(catalog, repository);
  refuseIf(isDeleteLocked(catalog.tag(repository, tag)));
}

/**
 * Deleting a manifest deletes the tags that point at it, so their locks count as well.
 *
 * @throws {RegistryError} 405
 */
export function checkManifestsMayBeDeleted(
  catalog: Catalog,
  repository: string,
  digests: readonly string[],
): void {
  checkRepositoryAllowsDelete(catalog, repository);
  for (const digest of digests) {
    refuseIf(isDeleteLocked(catalog.manifest(repository, digest)));
    refuseIf(catalog.tagsOf(repository, digest).some((tag) => isDeleteLocked(tag)));
  }
}

function refuseIf(isLocked: boolean): void {
  if (!isLocked) return;
  throw new RegistryError(
    405,
    "REGISTRY_DISALLOWED_OPERATION",
    "The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation",
  );
}
