import { PermanentError, TransientError } from "../../errors.ts";
import { findManifest, readManifest } from "./read-manifest.ts";
import type { Registry } from "./registry-connection.ts";
import { answerOf, failed, isLocked, registryError } from "./registry-errors.ts";

/**
 * Points the tag at the digest and locks both. No registry has a conditional write, so the tag is read
 * before, and again when nobody can move it any more.
 */
export async function publishTag(
  registry: Registry,
  repository: string,
  tag: string,
  digest: string,
): Promise<void> {
  if (!(await names(registry, repository, tag, digest))) {
    await putTag(registry, repository, tag, digest);
  }
  const image = registry.images.getArtifact(repository, digest);
  // The manifest stays writable: a write lock would refuse the referrers as well.
  await lock(`Locking ${repository}@${digest}`, () =>
    image.updateManifestProperties({ canDelete: false, ...registry.deadline() }),
  );
  await lock(`Locking ${repository}:${tag}`, () =>
    image.updateTagProperties(tag, { canWrite: false, canDelete: false, ...registry.deadline() }),
  );
  if (!(await names(registry, repository, tag, digest))) {
    throw new TransientError("REGISTRY_UNAVAILABLE", `${repository}:${tag} is not to be seen yet`);
  }
}

/** Deletes the tag, never what it names. A registry without ACR's route for it keeps the tag. */
export async function deleteTag(
  registry: Registry,
  repository: string,
  tag: string,
): Promise<void> {
  await registry.images
    .getArtifact(repository, tag)
    .deleteTag(tag, registry.deadline())
    .catch(failed(`Deleting the tag ${repository}:${tag}`));
}

/** @throws {PermanentError} `VERSION_CONFLICT` if the tag names something else */
async function names(
  registry: Registry,
  repository: string,
  tag: string,
  digest: string,
): Promise<boolean> {
  const present = await findManifest(registry, repository, tag);
  if (!present || present.digest === digest) return present !== undefined;
  const message = `${repository}:${tag} is ${present.digest}, not ${digest}`;
  throw new PermanentError("VERSION_CONFLICT", message);
}

/** There is no call to add a tag: the same bytes are put once more, under the new name. */
async function putTag(
  registry: Registry,
  repository: string,
  tag: string,
  digest: string,
): Promise<void> {
  const { content, mediaType } = await readManifest(registry, repository, digest);
  try {
    await registry
      .contentOf(repository)
      .setManifest(content, { tag, mediaType, ...registry.deadline() });
  } catch (error) {
    // Somebody else was faster and has locked it: what matters is which image they meant.
    if (isLocked(error) && (await names(registry, repository, tag, digest))) return;
    throw registryError(`Tagging ${repository}:${tag}`, error);
  }
}

/** What ACR answers when its route is there and the thing is not. */
const UNKNOWN = new Set(["NAME_UNKNOWN", "MANIFEST_UNKNOWN", "TAG_UNKNOWN"]);

/**
 * Locks are ACR's own. Where there is no such route the version goes without: a lock is a guard rail
 * (an import by force moves a locked tag), and deployments go by digest.
 */
async function lock(doing: string, patch: () => Promise<unknown>): Promise<void> {
  try {
    await patch();
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status !== 404) throw registryError(doing, error);
    if (!UNKNOWN.has(answer.code ?? "")) return;
    // It was put a moment ago: another region may not have it yet.
    throw new TransientError("REGISTRY_UNAVAILABLE", `${doing}: it is not to be seen yet`);
  }
}
